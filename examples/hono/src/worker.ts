// A Hono app: every route behind entra() needs a token, and requireAuth() says which scopes or app roles.
import { type EntraEnv, entra, requireAuth } from "entra-gate/hono";
import { Hono } from "hono";

const app = new Hono<EntraEnv>();
app.get("/health", (c) => c.text("ok"));
app.use(entra());
app.get("/me", (c) => c.json({ oid: c.get("principal").oid }));
app.get("/orders", requireAuth("orders.read"), (c) => c.json([{ id: 1 }]));

export default app;
