// A gate in front of an origin server: requests that match a route are forwarded, all others get 404.
import { App, anyOf, createGate, origin, requireAuth } from "entra-gate";

const routes = new App({ title: "Orders", version: "1.0.0" });
routes.get("/orders/*", { hooks: requireAuth("orders.read") }, origin());
routes.delete("/orders/:id", { hooks: anyOf(requireAuth({ anyRole: ["Orders.Admin"], kind: "user" })) }, origin());
routes.get("/health", { public: true }, () => ({ status: 204 }));

export default createGate({ routes, unlisted: "reject" });
