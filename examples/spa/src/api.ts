// The API behind the application: browsers of one origin may call it.
import { App, cors, createGate, requireAuth } from "entra-gate";

const routes = new App({ title: "Orders", version: "1.0.0" });
routes.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 200, body: [{ id: 1 }] }));

export const createApi = (origin: string) => createGate({ routes, unlisted: "reject", cors: cors({ origin }) });
