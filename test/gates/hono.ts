import { Hono } from "hono";
import { anyOf, type EntraEnv, entra, requireAuth } from "../../src/adapters/hono.ts";

/** A plain Hono app behind the adapter, configured as a gate is. */
const app = new Hono<EntraEnv>();
app.get("/health", (c) => c.text("ok"));
app.use(entra());
app.get("/default", (c) => c.json({ kind: c.get("principal").kind }));
app.get("/orders/:id", anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })), (c) =>
  c.json({ oid: c.get("principal").oid, id: c.req.param("id") }),
);
app.get("/jobs", requireAuth({ anyRole: ["Orders.Read.All"] }), (c) => c.text("in"));
app.post("/orders", requireAuth("orders.write"), async (c) => c.text(await c.req.text()));
app.get("/step-up", requireAuth({ scopes: ["access_as_user"], acrs: ["c1"] }), (c) => c.text("in"));

export default app;
