import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** Every route has its own requirement and nothing else is let in, so no default requirement is needed. */
export default createGate({
  unlisted: "reject",
  routes: new App().route({
    method: "GET",
    path: "/orders",
    middleware: [requireAuth("access_as_user")],
    handler: origin(),
  }),
});
