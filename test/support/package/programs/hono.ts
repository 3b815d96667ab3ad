import { anyOf, type EntraEnv, entra, requireAuth } from "entra-gate/hono";
import { Hono } from "hono";

const app = new Hono<EntraEnv>();
app.use(entra({ ENTRA_TENANT_ID: "a", ENTRA_API_AUDIENCE: "b" }));
app.get("/me", requireAuth("access_as_user"), (c) => c.json({ oid: c.get("principal").oid }));
app.get("/x", anyOf(requireAuth("a"), requireAuth({ anyRole: ["b"] })), (c) => c.json([]));
export default app;
