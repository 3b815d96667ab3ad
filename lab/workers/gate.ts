import { App, createGate, requireAuth } from "../../src/index.ts";

const routes = new App().route({
  method: "GET",
  path: "/me",
  hooks: requireAuth("access_as_user"),
  handler: () => ({ status: 200, body: { ok: true } }),
});

export default createGate({ routes });
