import { Hono } from "hono";

/** The least that a known token needs: read its header, find it in memory, and keep the response private. */
const known = new Map<string, { uses: number }>();
const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store", vary: "Authorization" });

const app = new Hono();
app.get("/me", (c) => {
  const authorization = c.req.raw.headers.get("authorization");
  if (authorization === null) return c.json({ error: "unauthorized" }, 401);
  const token = known.get(authorization);
  if (token === undefined) known.set(authorization, { uses: 1 });
  else token.uses += 1;
  return new Response(JSON.stringify({ ok: true }), { headers });
});

export default app;
