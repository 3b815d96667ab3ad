import { base64url } from "jose";
import { tokenLifetimeSeconds } from "../access-token.ts";
import type { CodeStore, Grant } from "../authorization-code.ts";
import { parseClaimsRequest } from "../claims-request.ts";
import type { Client, Tenant } from "../directory.ts";
import { api } from "../directory.ts";
import { faults } from "../fault.ts";
import { asksForIdToken, parseDelegatedScope } from "../scope.ts";
import type { GrantHandler } from "./grant.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export const grantAuthorizationCode: GrantHandler = async ({ form, authority, tenant, client, issuer, codes }) => {
  const grant = redeemCode(form, codes, tenant, client);
  await verifyChallenge(form.get("code_verifier"), grant.codeChallenge);
  const { resource, scopes } = parseDelegatedScope(grant.scope);
  const requests = [grant.claims, form.get("claims") ?? undefined].map(parseClaimsRequest);
  const accessToken = await issuer.issueAccessToken({
    authority,
    tenant: tenant.id,
    client: client.clientId,
    persona: grant.persona,
    scopes,
    ...(resource.clientId !== api.clientId && { roles: [] }),
    acrs: unite(requests.map((request) => request.acrs)),
    capabilities: unite([client.capabilities, ...requests.map((request) => request.capabilities)]),
    claims: { aud: resource.clientId },
  });
  const idToken = await issuer.issueIdToken({
    authority,
    tenant: tenant.id,
    persona: grant.persona,
    audience: client.clientId,
    roles: [],
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
  });
  return {
    token_type: "Bearer",
    scope: scopes.map((name) => `${resource.appIdUri}/${name}`).join(" "),
    expires_in: tokenLifetimeSeconds - 1,
    ext_expires_in: tokenLifetimeSeconds - 1,
    access_token: accessToken,
    ...(asksForIdToken(grant.scope) && { id_token: idToken }),
  };
};

function redeemCode(form: URLSearchParams, codes: CodeStore, tenant: Tenant, client: Client): Grant {
  const code = form.get("code");
  if (!code) throw faults.missingParameter("code");
  const grant = codes.redeem(code);
  if (grant === "expired") throw faults.expiredCode();
  if (!grant || grant.tenant.id !== tenant.id || grant.clientId !== client.clientId) throw faults.wrongCode();
  if (form.get("redirect_uri") !== grant.redirectUri) throw faults.wrongRedirectUri(form.get("redirect_uri") ?? "");
  return grant;
}

/** RFC 7636 section 4.6, method S256. */
async function verifyChallenge(verifier: string | null, challenge: string): Promise<void> {
  if (!verifier) throw faults.missingParameter("code_verifier");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  if (base64url.encode(new Uint8Array(digest)) !== challenge) throw faults.wrongVerifier();
}

function unite(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
