// For `deno serve`, which reads the gate's variables from its environment.
import { App, createGate, requireAuth } from "entra-gate";

const routes = new App({ title: "Orders", version: "1.0.0" });
routes.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 200, body: [{ id: 1 }] }));

export default createGate({ routes, unlisted: "reject" });
