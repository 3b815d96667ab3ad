import { App, createGate, requireAuth } from "../../src/index.ts";

const routes = new App().route({
  method: "GET",
  path: "/me",
  hooks: requireAuth("access_as_user"),
  handler: () => ({ status: 200, body: { ok: true } }),
});
routes.route({
  method: "GET",
  path: "/caller",
  hooks: requireAuth("access_as_user"),
  handler: ({ state }) => ({ status: 200, body: { oid: state.principal.oid } }),
});

export default createGate({ routes });
