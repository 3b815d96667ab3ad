import { base64url } from "jose";
import { findPlatform } from "../clients/redirect-uri.ts";
import { refuse } from "../common/error.ts";
import { keepOpenidScopes } from "../directory/scope.ts";
import type { Grant } from "../tokens/authorization-code.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { admitsTenant } from "./accounts.ts";
import { type GrantHandler, requireConfidential, requireParameter, type TokenRequest } from "./grant.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export const grantAuthorizationCode: GrantHandler = async (request) => {
  const { form, client, origin } = request;
  const code = requireParameter(request, "code");
  const grant = findGrant(request, code);
  const platform = findPlatform(client, grant.redirectUri) ?? "web";
  const isOfSpa = platform === "spa";
  if (platform === "web") requireConfidential(request);
  if (platform === "native" && request.method !== "0") throw refuse("unexpectedSecret");
  if (isOfSpa && origin === undefined) throw refuse("crossOriginNeeded");
  if (!isOfSpa && origin !== undefined) throw refuse("crossOriginForbidden");
  const used = request.codes.redeem(code);
  if (used === "redeemed") throw refuse("redeemedCode");
  if (used === "expired") throw refuse("expiredCode");
  await verifyChallenge(form.get("code_verifier"), grant.codeChallenge);
  return issueUserTokens(request, {
    requested: readRequested(request, grant.scope),
    signIn: grant,
    // The second leg can add scopes of OpenID Connect, as MSAL for Go does.
    scope: `${grant.scope} ${keepOpenidScopes(form.get("scope") ?? "")}`,
    nonce: grant.nonce,
    claims: [grant.claims, form.get("claims") ?? undefined].map(parseClaimsRequest),
    platform,
  });
};

/** Checks that the code belongs to the client, the tenant and the redirect URI, before it is used up. */
function findGrant({ form, codes, segment, client, directory }: TokenRequest, code: string): Grant {
  const grant = codes.find(code);
  if (!grant || grant.clientId !== client.clientId) throw refuse("wrongCode");
  if (!admitsTenant(directory, segment, grant.tenant)) throw refuse("codeOfOtherTenant");
  const redirectUri = form.get("redirect_uri") ?? "";
  if (redirectUri !== grant.redirectUri)
    throw refuse("otherRedirectUri", { redirectUri, authorized: grant.redirectUri });
  return grant;
}

/** RFC 7636 section 4.6. */
async function verifyChallenge(verifier: string | null, challenge: Grant["codeChallenge"]): Promise<void> {
  if (challenge === undefined && verifier === null) return;
  if (challenge === undefined || !verifier) throw refuse("wrongVerifier");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const value = challenge.method === "plain" ? verifier : base64url.encode(new Uint8Array(digest));
  if (value !== challenge.value) throw refuse("wrongVerifier");
}
