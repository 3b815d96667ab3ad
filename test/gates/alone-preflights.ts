import { App, cors, entraPlugin, type Hooks, requireAuth } from "../../src/index.ts";

/** An app that serves itself, whose hooks record that they ran and respond instead of the handler. */
const turns: string[] = [];

function noting(owner: string): Hooks {
  const note = (hook: string) => void turns.push(`${owner} ${hook}`);
  return {
    onRequest: () => note("onRequest"),
    preBody() {
      note("preBody");
      return new Response("TOP SECRET", { headers: { "x-secret": "1" } });
    },
    onError: () => note("onError"),
    onSend(response) {
      note("onSend");
      response.headers.set("x-internal", "1");
    },
    onResponse: () => note("onResponse"),
  };
}

const guard = requireAuth("access_as_user");
const done = () => ({ status: 204 });

const app = new App();
app.register(entraPlugin);
app.get("/turns", { public: true }, () => ({ status: 200, body: turns.splice(0) }));
app.get("/without-policy", { middleware: [guard, noting("route")] }, done);
app.use(cors({ origin: "https://app.contoso.example" }));
app.use(noting("app"));
app.get("/reports", { middleware: [guard, noting("route")] }, done);
app.get("/bundle", { hooks: { ...noting("bundle"), ...guard } }, done);
app.post("/public", { public: true, hooks: noting("route") }, done);
app.register((plugin) => void plugin.get("/plugin", {}, done), { hooks: [guard, noting("plugin")] });

export default app;
