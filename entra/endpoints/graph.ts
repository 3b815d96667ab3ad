// A small Microsoft Graph: it returns the user of the token, and has one resource that requires an authentication
// context.
import type { Context, Hono } from "hono";
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import { findPersona, findPersonaName } from "../directory/lookup.ts";
import { graphClientId } from "../directory/scope.ts";
import type { KeyRing } from "../keys/key-ring.ts";

interface GraphContext {
  readonly ring: KeyRing;
  readonly nowSeconds: () => number;
}

/** Authentication context that `/v1.0/me/messages` requires in addition to the scope. */
const neededContext = "c2";

/** Added after Entra's own endpoints: no tenant has the name `v1.0`. */
export function addGraphEndpoints(app: Hono, parts: GraphContext): void {
  app.get("/v1.0/me", async (c) => {
    const claims = await readToken(c, parts);
    if (claims === undefined) return refuseToken(c);
    const persona = findPersona(findPersonaName(String(claims.oid)) ?? "");
    if (persona === undefined || !isUserOf(claims)) return c.json(createFault("Authorization_RequestDenied"), 403);
    return c.json({
      id: persona.oid,
      displayName: persona.name,
      userPrincipalName: persona.username,
      tenant: claims.tid,
    });
  });
  app.get("/v1.0/me/messages", async (c) => {
    const claims = await readToken(c, parts);
    if (claims === undefined) return refuseToken(c);
    if (!Array.isArray(claims.acrs) || !claims.acrs.includes(neededContext)) return challenge(c);
    return c.json({ value: [] });
  });
  app.get("/v1.0/organization", async (c) => {
    const claims = await readToken(c, parts);
    if (claims === undefined) return refuseToken(c);
    return claims.idtyp === "app" ? c.json({ value: [{ id: claims.tid }] }) : c.json(createFault("Forbidden"), 403);
  });
  app.get("/v1.0/moved", (c) => c.redirect(c.req.query("to") ?? "/v1.0/me", 302));
}

async function readToken(c: Context, { ring, nowSeconds }: GraphContext): Promise<JWTPayload | undefined> {
  const token = /^Bearer (\S+)$/.exec(c.req.header("Authorization") ?? "")?.[1];
  if (token === undefined) return undefined;
  const published = await ring.listPublished();
  const keySet = createLocalJWKSet({ keys: published.map(({ kid, publicJwk }) => ({ ...publicJwk, kid })) });
  const options = { algorithms: ["RS256"], audience: graphClientId, currentDate: new Date(nowSeconds() * 1000) };
  return jwtVerify(token, keySet, options).then(
    ({ payload }) => payload,
    () => undefined,
  );
}

function isUserOf({ scp }: JWTPayload): boolean {
  return typeof scp === "string" && scp.split(" ").includes("User.Read");
}

function refuseToken(c: Context): Response {
  return c.json(createFault("InvalidAuthenticationToken"), 401, { "WWW-Authenticate": 'Bearer realm=""' });
}

/** @see https://learn.microsoft.com/entra/identity-platform/claims-challenge */
function challenge(c: Context): Response {
  const claims = btoa(JSON.stringify({ access_token: { acrs: { essential: true, value: neededContext } } }));
  const uri = `${new URL(c.req.url).origin}/common/oauth2/authorize`;
  const header = `Bearer realm="", authorization_uri="${uri}", error="insufficient_claims", claims="${claims}"`;
  return c.json(createFault("InvalidAuthenticationToken"), 401, { "WWW-Authenticate": header });
}

function createFault(code: string): object {
  return { error: { code, message: "The local Graph refuses this token." } };
}
