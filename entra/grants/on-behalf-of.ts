import type { JWTPayload } from "jose";
import { refuse } from "../common/error.ts";
import type { DirectoryTenant } from "../directory/model.ts";
import { readOwnToken } from "../keys/own-token.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { type GrantHandler, requireConfidential, requireParameter, requireTenant, type TokenRequest } from "./grant.ts";
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
  const user = request.directory.findUser(String(assertion.oid));
  if (user === undefined) throw refuse("unknownPersona", { user: String(assertion.oid), tenant: tenant.name });
  return issueUserTokens(request, {
    requested,
    signIn: {
      tenant,
      persona: user.shortName,
      acrs,
      hasMultifactor: user.mfa || acrs.length > 0,
      signedInAtSeconds: assertion.iat ?? request.nowSeconds(),
      epoch: request.revocations.epoch(),
    },
    scope,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    platform: "web",
  });
};

/**
 * Verifies a user's access token for the client that sends it, or for the blueprint of an agent. Throws a refusal.
 */
async function verifyAssertion(request: TokenRequest, tenant: DirectoryTenant): Promise<JWTPayload> {
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
