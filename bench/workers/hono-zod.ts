import { Hono } from "hono";
import { validator } from "hono/validator";
import * as z from "zod";

const query = z.object({ limit: z.coerce.number().int().max(100) });

const app = new Hono();
app.get(
  "/search",
  validator("query", (value, c) => {
    const result = query.safeParse(value);
    return result.success ? result.data : c.json({ error: "invalid" }, 400);
  }),
  (c) => c.json({ limit: c.req.valid("query").limit }),
);

export default app;
