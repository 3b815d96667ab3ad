import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import { refusals } from "../common/error.ts";
import { downstreamApi } from "../directory/directory.ts";
import { findPersonaName } from "../directory/lookup.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import type { GrantHandler, TokenRequest } from "./grant.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export const grantOnBehalfOf: GrantHandler = async (request) => {
  const { form, client } = request;
  if (client.secret === undefined) throw refusals.secretNeeded();
  if (form.get("requested_token_use") !== "on_behalf_of") throw refusals.missingParameter("requested_token_use");
  const scope = form.get("scope");
  if (!scope) throw refusals.missingParameter("scope");
  const assertion = await verifyAssertion(request);
  const { resource, scopes, prefix } = request.apis.parseDelegatedScope(scope);
  const acrs = Array.isArray(assertion.acrs) ? (assertion.acrs as readonly string[]) : [];
  const persona = requirePersona(assertion.oid);
  requireSignIn(persona, acrs);
  requireGrantable(scopes, acrs);
  return issueUserTokens(request, {
    resource,
    scopes,
    prefix,
    persona,
    scope,
    nonce: undefined,
    claimsRequests: [{ acrs, capabilities: [] }, parseClaimsRequest(form.get("claims") ?? undefined)],
  });
};

/**
 * Verifies a user's access token for the client that sends it. It must be signed with a published key. Throws a refusal.
 */
async function verifyAssertion({ form, tenant, client, ring, nowSeconds }: TokenRequest): Promise<JWTPayload> {
  const token = form.get("assertion");
  if (!token) throw refusals.missingParameter("assertion");
  const published = await ring.listPublished();
  const keySet = createLocalJWKSet({ keys: published.map(({ kid, publicJwk }) => ({ ...publicJwk, kid })) });
  const { payload } = await jwtVerify(token, keySet, {
    algorithms: ["RS256"],
    currentDate: new Date(nowSeconds() * 1000),
  }).catch(() => {
    throw refusals.wrongAssertion();
  });
  if (payload.tid !== tenant.id) throw refusals.wrongAssertion();
  if (payload.aud !== client.clientId && payload.aud !== `api://${client.clientId}`) throw refusals.foreignAssertion();
  if (payload.idtyp === "app") throw refusals.appAssertion();
  if (payload.scp === undefined) throw refusals.idTokenAssertion();
  return payload;
}

function requireGrantable(scopes: readonly string[], acrs: readonly string[]): void {
  for (const scope of scopes) {
    if ((downstreamApi.unconsentedScopes as readonly string[]).includes(scope)) throw refusals.consentNeeded();
    const needed = (downstreamApi.stepUpScopes as Readonly<Record<string, string>>)[scope];
    if (needed !== undefined && !acrs.includes(needed)) throw refusals.stepUpNeeded(needed);
  }
}

/** Applies Conditional Access and consent to the user, for any API behind the API. */
function requireSignIn(persona: string, acrs: readonly string[]): void {
  if (persona === "newcomer") throw refusals.consentNeeded();
  if (persona === "blocked") throw refusals.accessBlocked();
  if (persona === "cautious" && !acrs.includes("c1")) throw refusals.stepUpNeeded("c1");
}

function requirePersona(oid: unknown): string {
  const name = findPersonaName(String(oid));
  if (name === undefined) throw refusals.unknownPersona();
  return name;
}
