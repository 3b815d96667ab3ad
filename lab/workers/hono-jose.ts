// Typical hand-written middleware.
import { Hono } from "hono";
import { createRemoteJWKSet, jwtVerify } from "jose";

interface Variables {
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  readonly KEYS_URL: string;
}

const app = new Hono<{ Bindings: Variables }>();
let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

app.get("/me", async (c) => {
  keys ??= createRemoteJWKSet(new URL(c.env.KEYS_URL));
  const token = c.req.header("authorization")?.slice(7) ?? "";
  try {
    await jwtVerify(token, keys, { issuer: c.env.ISSUER, audience: c.env.AUDIENCE, algorithms: ["RS256"] });
  } catch {
    return c.json({ error: "invalid_token" }, 401);
  }
  return c.json({ ok: true });
});

export default app;
