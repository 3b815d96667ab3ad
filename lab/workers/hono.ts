import { Hono } from "hono";

const app = new Hono();
app.get("/me", (c) => c.json({ ok: true }));

export default app;
