import { Hono } from "hono";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { logger } from "hono/logger";
import { catalog } from "./catalog.ts";
import { orders } from "./orders/orders.ts";

interface Env {
  Bindings: { readonly STAGE?: string };
  Variables: { readonly startedAt: number };
}

const timing = createMiddleware<Env>(async (c, next) => {
  c.set("startedAt", Date.now());
  await next();
});

export const app = new Hono<Env>();
app.use(logger());
app.use("/shop/*", cors({ origin: "https://shop.contoso.com" }));
app.get("/health", (c) => c.text("ok"));
app.use("/shop/*", timing);
app.get("/shop/stage", (c) => c.json({ stage: c.env.STAGE ?? "none", startedAt: c.get("startedAt") }));
app.route("/shop/orders", orders);
app.route("/shop/catalog", catalog);
app.onError((error, c) => c.text(error.message, 500));
