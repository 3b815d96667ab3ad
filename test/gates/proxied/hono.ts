import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../../src/adapters/hono.ts";

const app = new Hono<EntraEnv>();
app.get("/public", (c) => c.text("public"));
app.use(entra());
app.get("/orders", requireAuth("access_as_user"), (c) => c.json({ url: c.req.url }));

export default app;
