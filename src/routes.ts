import { App, origin, requireAuth } from "./index.ts";

export const routes = new App({ title: "API", version: "1.0.0" });

// A handler in the worker itself.
routes.get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({
  status: 200,
  body: { oid: state.principal.oid, tid: state.principal.tid },
}));

// Everything below /api goes to the origin server.
routes.all("/api/*", { hooks: requireAuth("access_as_user") }, origin());
