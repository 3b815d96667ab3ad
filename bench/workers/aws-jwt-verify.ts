// With the key set passed in, since the library fetches with node:https.
import { JwtVerifier } from "aws-jwt-verify";
import { Hono } from "hono";

interface Variables {
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  readonly KEYS: string;
}

const app = new Hono<{ Bindings: Variables }>();
let verifier: ReturnType<typeof createVerifier> | undefined;

function createVerifier({ ISSUER, AUDIENCE, KEYS }: Variables) {
  const created = JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${ISSUER}/keys` });
  created.cacheJwks(JSON.parse(KEYS));
  return created;
}

app.get("/me", async (c) => {
  verifier ??= createVerifier(c.env);
  try {
    await verifier.verify(c.req.header("authorization")?.slice(7) ?? "");
  } catch {
    return c.json({ error: "invalid_token" }, 401);
  }
  return c.json({ ok: true });
});

export default app;
