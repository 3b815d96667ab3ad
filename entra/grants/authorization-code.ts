import { base64url } from "jose";
import { refusals } from "../common/error.ts";
import type { Grant } from "../tokens/authorization-code.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import type { GrantHandler, TokenRequest } from "./grant.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export const grantAuthorizationCode: GrantHandler = async (request) => {
  const { form, client, origin, apis } = request;
  if (client.platform === "web") throw refusals.secretNeeded();
  if (client.platform === "spa" && origin === undefined) throw refusals.crossOriginNeeded();
  const grant = redeemCode(request);
  await verifyChallenge(form.get("code_verifier"), grant.codeChallenge);
  return issueUserTokens(request, {
    ...apis.parseDelegatedScope(grant.scope, form.get("resource") ?? undefined),
    persona: grant.persona,
    scope: grant.scope,
    nonce: grant.nonce,
    claimsRequests: [grant.claims, form.get("claims") ?? undefined].map(parseClaimsRequest),
  });
};

function redeemCode({ form, codes, tenant, client }: TokenRequest): Grant {
  const code = form.get("code");
  if (!code) throw refusals.missingParameter("code");
  const grant = codes.redeem(code);
  if (grant === "expired") throw refusals.expiredCode();
  if (!grant || grant.tenant.id !== tenant.id || grant.clientId !== client.clientId) throw refusals.wrongCode();
  if (form.get("redirect_uri") !== grant.redirectUri) throw refusals.wrongRedirectUri(form.get("redirect_uri") ?? "");
  return grant;
}

/** RFC 7636 section 4.6, method S256. */
async function verifyChallenge(verifier: string | null, challenge: string): Promise<void> {
  if (!verifier) throw refusals.missingParameter("code_verifier");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  if (base64url.encode(new Uint8Array(digest)) !== challenge) throw refusals.wrongVerifier();
}
