import type { JWTPayload } from "jose";
import { refuse } from "../common/error.ts";
import { downstreamApi, type Tenant } from "../directory/directory.ts";
import { findPersonaName } from "../directory/lookup.ts";
import { readOwnToken } from "../keys/own-token.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { type GrantHandler, requireConfidential, requireParameter, requireTenant, type TokenRequest } from "./grant.ts";
import { refuseAccess, refuseContext } from "./refuse.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export const grantOnBehalfOf: GrantHandler = async (request) => {
  const { form, version } = request;
  requireConfidential(request);
  const tenant = requireTenant(request);
  if (form.get("requested_token_use") !== "on_behalf_of") {
    throw refuse("missingParameter", { name: "requested_token_use" });
  }
  const scope = version === 1 ? "openid" : requireParameter(request, "scope");
  const assertion = await verifyAssertion(request, tenant);
  const requested = readRequested(request, scope);
  const acrs = Array.isArray(assertion.acrs) ? (assertion.acrs as readonly string[]) : [];
  const persona = findPersonaName(String(assertion.oid));
  if (persona === undefined) throw refuse("unknownPersona", { user: String(assertion.oid), tenant: tenant.name });
  requireSignIn(persona, acrs);
  requireStepUp(requested.scopes, acrs);
  return issueUserTokens(request, {
    requested,
    signIn: {
      tenant,
      persona,
      acrs,
      hasMultifactor: acrs.length > 0,
      signedInAtSeconds: assertion.iat ?? request.nowSeconds(),
      epoch: request.revocations.epoch(),
    },
    scope,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    isOfSpa: false,
  });
};

/**
 * Verifies a user's access token for the client that sends it, or for the blueprint of an agent. Throws a refusal.
 */
async function verifyAssertion(request: TokenRequest, tenant: Tenant): Promise<JWTPayload> {
  const { client } = request;
  const claims = await readOwnToken(requireParameter(request, "assertion"), request);
  if (claims === "expired") throw refuse("expiredAssertion");
  if (claims === "foreign" || claims.tid !== tenant.id) throw refuse("wrongAssertion");
  const owners = [client.clientId, ...(client.blueprint === undefined ? [] : [client.blueprint])];
  if (!owners.some((owner) => claims.aud === owner || claims.aud === `api://${owner}`))
    throw refuse("foreignAssertion");
  if (claims.idtyp === "app") throw refuse("appAssertion", { clientId: client.clientId });
  if (claims.scp === undefined) throw refuse("idTokenAssertion");
  return claims;
}

/** Scopes that require an authentication context. */
function requireStepUp(scopes: readonly string[], acrs: readonly string[]): void {
  for (const scope of scopes) {
    const needed = (downstreamApi.stepUpScopes as Readonly<Record<string, string>>)[scope];
    if (needed !== undefined && !acrs.includes(needed)) throw refuseContext(needed, downstreamApi.clientId);
  }
}

/** Conditional Access of two users, for any API behind the API. */
function requireSignIn(persona: string, acrs: readonly string[]): void {
  if (persona === "blocked") throw refuseAccess();
  if (persona === "cautious" && !acrs.includes("c1")) throw refuseContext("c1", downstreamApi.clientId);
}
