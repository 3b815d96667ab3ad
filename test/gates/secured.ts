import { clients } from "../../entra/directory/clients.ts";
import { App, docs, entraPlugin, HttpError, openapi, requestId, requireAuth, secureHeaders } from "../../src/index.ts";

/** Secure headers on every response of an app, including its documentation page. */
const app = new App({ title: "Secured", version: "1.0.0" });
app.use(secureHeaders());
app.use(requestId({ header: "x-correlation-id" }));
app.register(entraPlugin);
app.register(openapi({ public: true }));
app.register(docs({ clientId: clients.spa.clientId, public: true }));
app.get("/guarded", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: {} }));
app.get("/error", { public: true }, () => {
  throw new HttpError(409, { title: "Conflict" });
});
app.get(
  "/own",
  { public: true },
  () =>
    new Response("<p>page</p>", {
      headers: {
        "content-type": "text/html",
        "content-security-policy": "default-src 'self'",
        "x-frame-options": "SAMEORIGIN",
        "permissions-policy": "camera=(self)",
        "referrer-policy": "origin",
        "x-powered-by": "PHP",
      },
    }),
);
app.get("/beside", { public: true, hooks: secureHeaders({ contentSecurityPolicy: "sandbox" }) }, ({ set }) => {
  set.headers.set("x-frame-options", "SAMEORIGIN");
  return { status: 200, body: {} };
});

export default app;
