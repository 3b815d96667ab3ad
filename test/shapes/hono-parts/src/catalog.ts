import { Hono } from "hono";

export const catalog = new Hono()
  .get("/", (c) => c.json(["tea"]))
  .get("/:id", (c) => c.json({ id: c.req.param("id") }));
