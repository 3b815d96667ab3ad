import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../../src/adapters/hono.ts";

/** A handler of every method after a route of one method. */
const app = new Hono<EntraEnv>();
app.use(entra());
app.post("/admin/approve", requireAuth("never.granted"), (c) => c.text("approved"));
app.all("/admin/*", (c) => c.text(`served ${c.req.method}`));

export default app;
