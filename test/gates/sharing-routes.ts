import { type App, type Hooks, HttpError, origin, type RouteContext, requireAuth } from "../../src/index.ts";
import { share, sharing, type sharingHookNames } from "../support/sharing.ts";

/** A CORS policy that lets shared caches store one response, and otherwise does nothing. */
export function shareByPolicy(request: Request, response = new Response(null, { status: 204 })): Response {
  if (request.url.endsWith("/plain/policy")) share(response);
  return response;
}

/** Allows shared caches again and again while the response is on its way. */
async function shareLate(response: Response): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await undefined;
    share(response);
  }
}

/** Allows shared caches with the headers that a hook or a handler sets in its context. */
function shareBeside({ set }: Pick<RouteContext, "set">): void {
  for (const [name, value] of Object.entries(sharing)) set.headers.set(name, value);
}

/** Hooks that allow shared caches, one of each kind. */
const sharingHooks = {
  preBody: { preBody: (context) => shareBeside(context) },
  afterHandle: {
    afterHandle(_context, result) {
      if (result instanceof Response) share(result);
    },
  },
  onSend: { onSend: share },
  "onSend-replaced": { onSend: () => new Response("replaced", { headers: sharing }) },
  onResponse: { onResponse: share },
  onError: { onError: () => new Response("handled", { headers: sharing }) },
} as const satisfies Record<(typeof sharingHookNames)[number], Hooks>;

const guard = requireAuth("access_as_user");
const fail = () => {
  throw new HttpError(409, { title: "Conflict" }, sharing);
};

/** Routes whose handlers, hooks and errors allow shared caches, in every way, to store the response for one caller. */
export function declareSharingRoutes(app: App): App {
  app.get("/plain/data", { hooks: guard }, () => ({ status: 200, body: {}, headers: sharing }));
  app.get("/plain/policy", { hooks: guard }, () => ({ status: 200, body: {} }));
  app.get("/plain/response", { hooks: guard }, () => new Response("ok", { headers: sharing }));
  app.get("/plain/response-late", { hooks: guard }, () => {
    const response = new Response("ok", { headers: sharing });
    void shareLate(response);
    return response;
  });
  const later: Hooks = { onResponse: shareLate };
  app.get("/plain/hook-late", { hooks: [guard, later] }, () => ({ status: 200, body: {} }));
  app.get("/origin/hook-late", { hooks: [guard, later] }, origin());
  app.get("/plain/set", { hooks: guard }, (context) => {
    shareBeside(context);
    return { status: 200, body: {} };
  });
  app.get("/plain/late", { hooks: guard }, async (context) => {
    shareBeside(context);
    return new Response("ok");
  });
  app.get("/plain/error", { hooks: guard }, fail);
  app.get("/plain/late-error", { hooks: guard }, async () => fail());
  app.get("/plain/set-error", { hooks: guard }, (context) => {
    shareBeside(context);
    throw new Error("unforeseen");
  });
  app.get("/origin/plain", { hooks: guard }, origin());
  for (const [name, hooks] of Object.entries(sharingHooks)) {
    app.get(`/hooked/${name}`, { hooks: [guard, hooks] }, () => ({ status: 200, body: {} }));
    app.get(`/hooked-error/${name}`, { hooks: [guard, hooks] }, fail);
    app.get(`/origin/${name}`, { hooks: [guard, hooks] }, origin());
    // A caller without the scope is authenticated too, and the hooks get the refusal.
    app.get(`/refused/${name}`, { hooks: [requireAuth("orders.write"), hooks] }, () => ({ status: 200 }));
  }
  const addCookie: Hooks = { onResponse: ({ headers }) => headers.append("set-cookie", "session=of-one-caller") };
  app.get("/cookie/public", { public: true, hooks: addCookie }, () => ({ status: 200, body: {} }));
  app.get("/cookie/guarded", { hooks: [guard, addCookie] }, () => ({ status: 200, body: {} }));
  app.get("/cookieless", { public: true }, () => ({ status: 200, body: {} }));
  app.get("/public", { public: true }, (context) => {
    shareBeside(context);
    return { status: 200, body: {} };
  });
  return app;
}
