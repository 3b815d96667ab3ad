import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { type App, type CorsHook, type Hooks, HttpError, origin, requireAuth } from "../../src/index.ts";
import { keep, pageOrigin, type SharingName, share, shareLate, sharing } from "../support/sharing.ts";
import { codeByName, type SharingCode } from "./sharing-code.ts";

const guard = requireAuth("access_as_user");
const tools = { "*": guard, orders_delete: requireAuth("orders.write") };
const list = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: { tools: [{ name: "orders_list" }, { name: "orders_delete" }] },
});

/** An error of the app that keeps its response. */
class KeptError extends HttpError {
  override toResponse(): Response {
    return keep(new Response("kept", { status: this.status, headers: sharing }));
  }
}

function fail(): never {
  throw new HttpError(409, { title: "Conflict" }, sharing);
}

/** Declares routes whose responses are for any caller. */
function declarePublicRoutes(app: App): void {
  app.get("/public", { public: true }, (context) => {
    share(context.set);
    return { status: 200, body: {} };
  });
  const addCookie: Hooks = { onResponse: ({ headers }) => headers.append("set-cookie", "session=of-one-caller") };
  app.get("/cookie", { public: true, hooks: addCookie }, () => ({ status: 200, body: {} }));
  app.get("/cookie/guarded", { hooks: [guard, addCookie] }, () => ({ status: 200, body: {} }));
  app.get("/cookieless", { public: true }, () => ({ status: 200, body: {} }));
  app.get("/public-origin", { public: true }, origin());
  app.get("/public-origin-silent", { public: true }, origin());
  app.get("/public-silent", { public: true }, () => ({ status: 200, body: {} }));
  const { "cache-control": _, ...unsaid } = sharing;
  const headers = { ...unsaid, "cache-control": "s-maxage=600" };
  app.get("/public-unsaid", { public: true }, () => new Response("ok", { headers }));
  app.get("/public-failure", { public: true, hooks: { onRequest: fail, onSend: share } }, () => ({ status: 200 }));
}

/** Declares routes whose handlers allow shared caches, in every way, to store the response for one caller. */
function declareRoutes(app: App): void {
  app.get("/data", {}, () => ({ status: 200, body: {} }));
  app.get("/data-shared", {}, () => ({ status: 200, body: {}, headers: sharing }));
  app.get("/set", {}, (context) => {
    share(context.set);
    context.set.headers.set("x-set", "1");
    return { status: 200, body: {} };
  });
  app.get("/set-cookie", {}, (context) => {
    context.set.headers.append("set-cookie", "a=b");
    return { status: 200, body: {} };
  });
  const anything = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
  app.route({
    method: "GET",
    path: "/declared",
    operationId: "declared",
    acknowledgeNoResponseBodySchema: true,
    responses: { 200: { description: "OK", body: anything } },
    handler: () => ({ status: 200, body: {}, headers: sharing }),
  });
  app.get("/response", {}, () => new Response("ok", { headers: sharing }));
  app.get("/response-late", {}, async () => keep(new Response("ok", { headers: sharing })));
  app.get("/headers-late", {}, () => {
    const headers = new Headers(sharing);
    void shareLate({ headers });
    return new Response("ok", { headers });
  });
  app.get("/stream", {}, () => {
    const body = new Response("data: 1\n\n").body;
    return keep(new Response(body, { headers: { ...sharing, "content-type": "text/event-stream" } }));
  });
  app.get("/redirect", {}, () => Response.redirect("https://api.contoso.example/"));
  app.get("/moved", {}, () => ({ status: 301, headers: { ...sharing, location: "/data" } }));
  app.get("/not-modified", {}, () => ({ status: 304, headers: { etag: '"a"' } }));
  app.get("/not-modified-empty", {}, () => ({ status: 304, headers: { "cache-control": "" } }));
  app.get("/not-modified-shared", {}, () => keep(new Response(null, { status: 304, headers: sharing })));
  app.get("/origin", {}, origin());
  app.get("/error", {}, fail);
  app.get("/error-late", {}, () => {
    throw new KeptError(418, { title: "Kept" });
  });
  app.get("/failure", {}, () => Promise.reject(new Error("unforeseen")));
  app.get("/set-failure", {}, (context) => {
    share(context.set);
    throw new Error("unforeseen");
  });
  app.get("/refused", { hooks: requireAuth("orders.write") }, () => ({ status: 200 }));
}

/** Declares MCP routes in the same way. Their metadata is public, so the guard of the whole app would be too much. */
function declareMcpRoutes(app: App, { first = [], hooks = [] }: SharingCode): void {
  const options = { hooks: [...first, guard, ...hooks], tools, origins: [pageOrigin] };
  app.register(
    mcp("/mcp", options, () =>
      keep(new Response(list, { headers: { ...sharing, "content-type": "application/json" } })),
    ),
  );
  app.register(mcp("/mcp-origin", options));
  app.register(mcp("/mcp-unreadable", options, () => keep(new Response("no list", { headers: sharing }))));
}

/** Declares all routes, with the hooks of a name before and after the guard. */
export function declareSharingRoutes(app: App, name: SharingName): App {
  const { first = [], hooks = [] } = codeByName[name];
  declarePublicRoutes(app);
  declareMcpRoutes(app, codeByName[name]);
  for (const bundle of first) app.use(bundle);
  app.use(guard);
  for (const bundle of hooks) app.use(bundle);
  declareRoutes(app);
  return app;
}

/** Returns the policy of a name for a gate or an app. */
export function findSharingPolicy(name: SharingName): CorsHook | undefined {
  const { policy } = codeByName[name];
  return policy && { cors: policy };
}

/** Creates a fetch handler that passes each request to the handler that its query parameter `code` names. */
export function chooseByCode<Handler extends (request: Request, ...rest: never[]) => unknown>(
  create: (name: SharingName) => Handler,
): Handler {
  const handlers = new Map<string | null, Handler>();
  return ((request: Request, ...rest: never[]) => {
    const code = new URL(request.url).searchParams.get("code");
    const handler = handlers.get(code) ?? create(code as SharingName);
    handlers.set(code, handler);
    return handler(request, ...rest);
  }) as Handler;
}
