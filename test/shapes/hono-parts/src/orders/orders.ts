import { Hono } from "hono";

export const orders = new Hono();
orders.use(async (c, next) => {
  await next();
  c.header("x-part", "orders");
});
orders.get("/", (c) => c.json([{ id: 1 }]));
orders.post("/", async (c) => c.json(await c.req.json(), 201));
