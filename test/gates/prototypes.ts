import { Hono } from "hono";
import { z } from "zod";
import * as daloy from "../../src/adapters/daloy.ts";
import { type EntraEnv, entra, requireAuth as requireInHono } from "../../src/adapters/hono.ts";
import { facade, mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, entraPlugin, origin, requireAuth } from "../../src/index.ts";
import { describePrototypes } from "../support/prototypes.ts";

type Entry = (request: Request, env: object, context: object) => Response | Promise<Response>;

const scope = "access_as_user";
const hooks = requireAuth(scope);
const accepts = ["multipart/form-data", "application/x-www-form-urlencoded"];
const note = z.looseObject({ note: z.string() });
const names = z.looseObject({ limit: z.coerce.number().optional() });

function declare(routes: App): App {
  return routes
    .get("/orders/:id", { hooks, request: { query: names, headers: names } }, ({ params, query }) => ({
      status: 200,
      body: { params, query },
    }))
    .post("/json", { hooks, request: { body: note } }, ({ body }) => ({ status: 200, body }))
    .post("/forms", { hooks, accepts, request: { body: note } }, ({ body }) => ({ status: 200, body }))
    .post("/forwarded", { hooks, request: { body: note, query: names } }, origin());
}

const gate = createGate({ routes: declare(new App()) });
const app = declare(
  new App().register(entraPlugin).post("/open", { public: true, request: { body: note } }, () => ({ status: 200 })),
);

const hono = new Hono<EntraEnv>();
hono.use(entra());
hono.get("/orders/:id", requireInHono(scope), (c) => c.json({ ...c.req.param(), ...c.req.query() }));
hono.post("/json", requireInHono(scope), async (c) => c.json(await c.req.json()));
hono.post("/forms", requireInHono(scope), async (c) => c.json(Object.keys(await c.req.parseBody({ dot: true }))));

const { verifier } = daloy.createEntraPlugin();
const daloyHooks = daloy.requireAuth(scope);

const servers = createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp(
      "/mcp",
      {
        hooks,
        tools: { "*": hooks, orders_delete: requireAuth("orders.delete") },
        prompts: { "*": hooks },
        resources: { "*": hooks, "file:///{name}": hooks },
        authorizationServer: facade({
          clientId: "c11e0000-0000-4000-8000-000000000026",
          callback: "/oauth/callback",
          redirectUris: ["http://localhost/callback"],
          clients: { "https://client.example/metadata.json": ["http://localhost/callback"] },
        }),
      },
      () => Response.json({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "orders_list" }] } }),
    ),
  ),
});

const key = `k1:${"A".repeat(43)}`;
const entries = new Map<string | null, Entry>([
  ["gate", gate.fetch],
  ["app", app.fetch],
  ["hono", (request, env) => hono.fetch(request, env)],
  [
    "daloy",
    async (request) => {
      const context: daloy.HookContext = { request, state: { verifier }, routePath: "/me" };
      const response = (await daloyHooks.preBody(context)) ?? Response.json(context.state.principal);
      return daloyHooks.onSend(response, context) ?? response;
    },
  ],
  [
    "verify",
    async (request) => {
      const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
      return verifier.verify(token).then(Response.json, () => new Response(null, { status: 401 }));
    },
  ],
  [
    "mcp",
    // The others do not know the variable. On Deno and Node, the process has all others.
    (request, env, context) => {
      const { process } = globalThis as { process?: { env: object } };
      return servers.fetch(request, { ...process?.env, ...env, GATE_SESSION_KEY: key }, context);
    },
  ],
]);

/** All entry points in one isolate, by the header `Entry`. Without the header, it shows the isolate's prototypes. */
export default {
  workers: [gate, app, hono, { bundles: [daloyHooks] }, servers],
  fetch(request: Request, env: object, context: object): Response | Promise<Response> {
    const entry = entries.get(request.headers.get("entry"));
    return entry === undefined ? Response.json(describePrototypes()) : entry(request, env, context);
  },
};
