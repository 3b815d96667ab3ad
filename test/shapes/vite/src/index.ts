import { Hono } from "hono";

const app = new Hono().get("/api/", (c) => c.json({ name: "board" })).get("/api/lists", (c) => c.json([]));

export type AppType = typeof app;
export default app;
