import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");

/**
 * A gate with three origins: one without a name, and two with a name. WebSockets of some routes end with their token.
 */
export default createGate({
  routes: new App()
    .get("/billing/expiring", { hooks }, origin({ to: "billing", closeWebSocketAtExpiry: true }))
    .get("/billing/*", { hooks }, origin({ to: "billing" }))
    .group("/orders", { origin: "orders", hooks }, (orders) => {
      orders.get("/expiring", {}, origin({ closeWebSocketAtExpiry: true }));
      orders.get("/*", {}, origin());
    }),
});
