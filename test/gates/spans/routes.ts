import { App, origin, requireAuth } from "../../../src/index.ts";

export const routes = new App().get("/orders/:id", { hooks: requireAuth({ anyRole: ["Orders.Read.All"] }) }, origin());
