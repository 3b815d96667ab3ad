import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** A gate that needs no default requirement: every route has its own, and unlisted requests are rejected. */
export default createGate({
  unlisted: "reject",
  routes: new App().route({
    method: "GET",
    path: "/orders",
    middleware: [requireAuth("access_as_user")],
    handler: origin(),
  }),
});
