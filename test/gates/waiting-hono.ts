import { Hono } from "hono";
import { type EntraEnv, entra, passThrough, requireAuth } from "../../src/adapters/hono.ts";

/** Middleware behind the guard that takes as long as a database could take. */
const app = new Hono<EntraEnv>();
app.use(entra());
app.use(
  passThrough(async (_, next) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await next();
  }),
);
app.get("*", requireAuth("access_as_user"), (c) => c.text("in"));

export default app;
