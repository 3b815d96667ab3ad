/**
 * Programs that must compile, or must not: `npm run check` compiles this file, and each `@ts-expect-error` fails if
 * there is no error. This code does not run.
 */
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import * as mini from "zod/mini";
import {
  App,
  type AuthHook,
  anyOf,
  createGate,
  docs,
  entraPlugin,
  type Hooks,
  openapi,
  origin,
  type ParamsOf,
  type PathParams,
  type Principal,
  type RouteContext,
  rateLimit,
  requireAuth,
  secureHeaders,
} from "../../src/index.ts";

declare module "../../src/index.ts" {
  interface AppState {
    database: { readonly size: number };
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

same<ParamsOf<"/orgs/:org/repos/:repo">, "org" | "repo">(true);
same<ParamsOf<"/health">, never>(true);
same<PathParams<"/orders/:id">, { readonly id: string }>(true);

const app = new App({ title: "Orders", version: "1.0.0" });
const ok = { 200: { description: "OK", body: z.object({ id: z.string() }) } } as const;

// The documentation's program.
app.use(secureHeaders());
app.use(rateLimit({ windowMs: 60_000, max: 100 }));
app.register(entraPlugin);
app.route({
  method: "GET",
  path: "/me",
  operationId: "getMe",
  middleware: [requireAuth("access_as_user")],
  responses: {
    200: { description: "OK", body: z.object({ oid: z.string().optional(), tid: z.string().optional() }) },
  },
  handler: ({ state }) => ({ status: 200, body: { oid: state.principal!.oid, tid: state.principal!.tid } }),
});

// Parameters come from the path, including the group's prefix.
app.get("/orders/:id", { public: true }, ({ params }) => {
  same<typeof params.id, string>(true);
  // @ts-expect-error the path has no such parameter
  params.order;
  return { status: 200 };
});
app.group("/orgs/:org", {}, (org) => {
  org.get("/repos/:repo", { public: true }, ({ params }) => ({ status: 200, body: [params.org, params.repo] }));
  // @ts-expect-error neither the prefix nor the path has such a parameter
  org.get("/teams/:team", { public: true }, ({ params }) => ({ status: 200, body: params.repo }));
});

// Every part of the request has the output type of its schema, from any library.
app.post(
  "/orders/:id",
  {
    public: true,
    request: {
      params: z.object({ id: z.coerce.number() }),
      query: v.object({ page: v.pipe(v.string(), v.transform(Number)) }),
      headers: type({ "x-tenant": "string" }),
      body: mini.object({ lines: mini.array(mini.string()) }),
    },
  },
  ({ params, query, headers, body }) => {
    same<typeof params, { id: number }>(true);
    same<typeof query, { page: number }>(true);
    same<typeof headers, { "x-tenant": string }>(true);
    same<typeof body, { lines: string[] }>(true);
    // @ts-expect-error the schema has no such member
    body.line;
    return { status: 200 };
  },
);
app.post("/nothing", { public: true }, ({ body, query }) => {
  same<typeof body, undefined>(true);
  same<(typeof query)[string], string | readonly string[] | undefined>(true);
  return { status: 204 };
});

// A response must be declared.
app.get("/answer", { public: true, responses: ok }, () => ({ status: 200, body: { id: "7" } }));
// @ts-expect-error the body lacks id
app.get("/answer", { public: true, responses: ok }, () => ({ status: 200, body: {} }));
// @ts-expect-error the status is not declared
app.get("/answer", { public: true, responses: ok }, () => ({ status: 404 }));
// @ts-expect-error id is not a number
app.get("/answer", { public: true, responses: ok }, async () => ({ status: 200, body: { id: 7 } }));
// @ts-expect-error a response has a status
app.get("/answer", { public: true }, () => ({ body: {} }));
app.get("/answer", { public: true }, () => new Response());
app.get("/answer", { public: true, responses: ok }, origin());

// Only after requireAuth is the principal always defined.
const handler = () => ({ status: 200 }) as const;
declare const some: Hooks | readonly Hooks[];
declare const requiring: readonly AuthHook[];
app.get("/a", { middleware: [rateLimit({ windowMs: 1_000, max: 1 }), requireAuth("a")] }, ({ state }) => {
  same<typeof state.principal, Principal>(true);
  return { status: 200 };
});
app.get("/a", { hooks: anyOf(requireAuth("a"), requireAuth({ anyRole: ["A"] })) }, ({ state }) => {
  same<typeof state.principal, Principal>(true);
  return { status: 200 };
});
app.get("/a", { hooks: [requireAuth("a"), secureHeaders()] }, ({ state }) => ({
  status: 200,
  body: state.principal.oid,
}));
app.get("/a", { middleware: [secureHeaders()] }, ({ state }) => {
  same<typeof state.principal, Principal | undefined>(true);
  // @ts-expect-error the caller may be unauthenticated
  return { status: 200, body: state.principal.oid };
});
app.get("/a", { public: true }, ({ state }) => {
  same<typeof state.database, { readonly size: number }>(true);
  // @ts-expect-error state has no such member
  return { status: 200, body: state.pricipal };
});

app.get("/a", { hooks: some }, ({ state }) => {
  same<typeof state.principal, Principal | undefined>(true);
  return { status: 200 };
});
app.get("/a", { middleware: requireAuth("a") }, ({ state }) => {
  same<typeof state.principal, Principal>(true);
  return { status: 200 };
});
app.get("/a", { middleware: requiring }, ({ state }) => {
  same<typeof state.principal, Principal>(true);
  return { status: 200 };
});

// The same applies after the requirement of a group, a plugin or the app, at any depth.
app.group("/g", { hooks: [secureHeaders(), requireAuth("a")] }, (group) => {
  group.get("/a", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));
  group.route({ method: "GET", path: "/b", handler: ({ state }) => ({ status: 200, body: state.principal.oid }) });
  group.group("/h/:id", { tags: ["h"] }, (inner) => {
    inner.get("/a", {}, ({ state, params }) => ({ status: 200, body: [state.principal.oid, params.id] }));
  });
  group.register((plugin) => void plugin.get("/p", {}, ({ state }) => ({ status: 200, body: state.principal.oid })));
});
app.group("/g", { tags: ["g"] }, (group) => {
  group.get("/a", { public: true }, ({ state }) => {
    same<typeof state.principal, Principal | undefined>(true);
    // @ts-expect-error the group has no requirement
    return { status: 200, body: state.principal.oid };
  });
});
app.group("/g", { hooks: some }, (group) => {
  // @ts-expect-error the hooks are unknown
  group.get("/a", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));
});
app.register((plugin) => void plugin.get("/p", {}, ({ state }) => ({ status: 200, body: state.principal.oid })), {
  hooks: requireAuth("a"),
});
app.register((plugin) => {
  // @ts-expect-error the plugin's hooks have no requirement
  plugin.get("/p", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));
});
const guarded = new App().use(requireAuth("a")).use(secureHeaders());
guarded.get("/a", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));
guarded.group("/g", {}, (group) => {
  group.get("/a", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));
});
guarded.register(entraPlugin).register(openapi());
createGate({ routes: guarded });
const open = new App().use(secureHeaders());
// @ts-expect-error the app has no requirement
open.get("/a", {}, ({ state }) => ({ status: 200, body: state.principal.oid }));

// An App has only the members that its users call.
type Declaring =
  | "route"
  | "get"
  | "post"
  | "put"
  | "patch"
  | "delete"
  | "head"
  | "options"
  | "all"
  | "group"
  | "register";
same<keyof App, Declaring | "use" | "decorate" | "ready" | "fetch" | "request">(true);
// @ts-expect-error only for the gate
app.routes;

// A definition has no other members, and no other values.
// @ts-expect-error misspelled
app.get("/a", { middlewares: [requireAuth("a")] }, handler);
// @ts-expect-error public is true or absent
app.get("/a", { public: false }, handler);
// @ts-expect-error the method is misspelled
app.route({ method: "get", path: "/a", public: true, handler });
// @ts-expect-error a path begins with a slash
app.route({ method: "GET", path: "a", public: true, handler });
// @ts-expect-error not a Standard Schema
app.post("/a", { public: true, request: { body: { type: "object" } } }, handler);
// @ts-expect-error the part is misspelled
app.post("/a", { public: true, request: { bodies: z.string() } }, handler);
// @ts-expect-error there is no such hook
app.use({ onReqest: () => {} });
// @ts-expect-error a hook returns a Response or nothing
app.use({ preBody: () => "refused" });
// @ts-expect-error there is no such option
new App({ titel: "Orders" });

// Documents are public only with an option, and the page must be public.
app.register(openapi(), { hooks: requireAuth("docs.read") });
app.register(openapi({ path: "/api.json", public: true }));
app.register(docs({ clientId: "33333333-4444-5555-6666-777777777777", public: true }));
// @ts-expect-error public is true or absent
openapi({ public: false });
// @ts-expect-error the page needs a registration to sign in with
docs({ public: true });
// @ts-expect-error a browser sends no token when it opens a page
docs({ clientId: "33333333-4444-5555-6666-777777777777" });

export const hooks: Hooks = requireAuth("a");
export const context: RouteContext["params"] = { id: "7" };
