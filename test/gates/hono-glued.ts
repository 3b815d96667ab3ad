import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";

// Typical hand-written middleware, instead of the adapter: jose, the tenant's keys, a fixed issuer, audience and
// algorithm, and a check of scp or roles.

interface Variables {
  readonly ENTRA_TENANT_ID: string;
  readonly ENTRA_API_AUDIENCE: string;
}

type GluedEnv = { Bindings: Variables; Variables: { claims: JWTPayload } };

const login = "https://login.microsoftonline.com";
let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

const verifyToken = createMiddleware<GluedEnv>(async (c, next) => {
  const { ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: audience } = c.env;
  keys ??= createRemoteJWKSet(new URL(`${login}/${tenant}/discovery/v2.0/keys`));
  const token = c.req.header("authorization")?.slice("Bearer ".length) ?? "";
  try {
    const issuer = `${login}/${tenant}/v2.0`;
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"] });
    c.set("claims", payload);
  } catch {
    return c.json({ error: "invalid_token" }, 401);
  }
  return next();
});

const requireScope = (scope: string) =>
  createMiddleware<GluedEnv>(async (c, next) => {
    const { scp } = c.get("claims");
    const scopes = typeof scp === "string" ? scp.split(" ") : [];
    return scopes.includes(scope) ? next() : c.json({ error: "insufficient_scope" }, 403);
  });

const requireRole = (role: string) =>
  createMiddleware<GluedEnv>(async (c, next) => {
    const { roles } = c.get("claims");
    return Array.isArray(roles) && roles.includes(role) ? next() : c.json({ error: "insufficient_scope" }, 403);
  });

const app = new Hono<GluedEnv>();
app.use(verifyToken);
app.get("/default", requireScope("access_as_user"), (c) => c.text("in"));
app.get("/jobs", requireRole("Orders.Read.All"), (c) => c.text("in"));

export default app;
