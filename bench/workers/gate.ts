import { createGate, requireAuth } from "../../src/index.ts";

export default createGate({
  routes: (app) =>
    app.route({
      method: "GET",
      path: "/me",
      middleware: [requireAuth("access_as_user")],
      handler: () => ({ status: 200, body: { ok: true } }),
    }),
});
