import { Hono } from "hono";
import { validator } from "hono/validator";
import * as z from "zod";

const order = z.object({ customer: z.string(), lines: z.array(z.object({ item: z.string(), count: z.int() })) });
const search = z.object({ limit: z.coerce.number().int().max(100) });

/** The routes of `gate-routes.ts` without authentication. */
const app = new Hono();
app.get("/declared", (c) => c.json({ ok: true }));
app.get(
  "/hooked",
  async (_c, next) => {
    await next();
  },
  async (c, next) => {
    await next();
    c.header("x-served-by", "bench");
  },
  (c) => c.json({ ok: true }),
);
app.get("/any", (c) => c.json({ ok: true }));
app.get(
  "/search",
  validator("query", (value, c) => {
    const result = search.safeParse(value);
    return result.success ? result.data : c.json({ error: "invalid" }, 400);
  }),
  (c) => c.json({ limit: c.req.valid("query").limit }),
);
app.post(
  "/orders",
  validator("json", (value, c) => {
    const result = order.safeParse(value);
    return result.success ? result.data : c.json({ error: "invalid" }, 400);
  }),
  (c) => c.json({ lines: c.req.valid("json").lines.length }),
);
const group = new Hono();
group.get("/me", (c) => c.json({ ok: true }));
app.route("/v1", group);

export default app;
