import { Hono } from "hono";
import { jwk } from "hono/jwk";

interface Variables {
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  readonly KEYS_URL: string;
}

const app = new Hono<{ Bindings: Variables }>();
app.use("/me", (c, next) =>
  jwk({ jwks_uri: c.env.KEYS_URL, alg: ["RS256"], verification: { iss: c.env.ISSUER, aud: c.env.AUDIENCE } })(c, next),
);
app.get("/me", (c) => c.json({ ok: true }));

export default app;
