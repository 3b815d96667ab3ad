import { refuse } from "../common/error.ts";
import type { DirectoryTenant } from "../directory/model.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import type { RefreshGrant } from "../tokens/refresh-token.ts";
import { admitsTenant, findInTenant, isMultitenant } from "./accounts.ts";
import { type GrantHandler, requireConfidential, requireParameter, type TokenRequest } from "./grant.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token */
export const grantRefreshToken: GrantHandler = async (request) => {
  const { form, client, version } = request;
  const grant = await openGrant(request, requireParameter(request, "refresh_token"));
  const scope = version === 1 ? "openid" : form.get("scope");
  if (!scope) throw refuse("tokenOfItself", { clientId: client.clientId });
  const tenant = findTargetTenant(request, grant);
  const user = request.directory.findUser(grant.persona);
  const found = user && findInTenant(request.directory, user, tenant);
  if (found === undefined) throw refuseUser(grant, tenant);
  return issueUserTokens(request, {
    requested: readRequested(request, scope),
    signIn: { ...grant, tenant, persona: found.shortName },
    scope: `${scope} offline_access`,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    platform: grant.platform,
  });
};

async function openGrant(request: TokenRequest, token: string): Promise<RefreshGrant> {
  const { client, refreshTokens, origin } = request;
  const grant = await refreshTokens.open(token);
  if (grant === undefined) throw refuse("wrongRefreshToken");
  if (grant.clientId !== client.clientId) throw refuse("refreshTokenOfOtherClient");
  const isOfSpa = grant.platform === "spa";
  if (isOfSpa && origin === undefined) throw refuse("crossOriginNeeded");
  if (!isOfSpa && origin !== undefined) throw refuse("crossOriginForbidden");
  if (grant.platform === "web") requireConfidential(request);
  const issued = new Date(grant.issuedAtSeconds * 1000).toISOString();
  if (refreshTokens.hasExpired(grant)) {
    throw refuse(isOfSpa ? "expiredSpaRefreshToken" : "expiredRefreshToken", { issued });
  }
  return grant;
}

/** A refresh token is bound to no tenant: the path decides, and `common` means the tenant of the sign-in. */
function findTargetTenant({ segment, directory }: TokenRequest, grant: RefreshGrant): DirectoryTenant {
  const tenant = directory.findTenant(isMultitenant(segment) ? grant.tenantId : segment)!;
  if (isMultitenant(segment) && !admitsTenant(directory, segment, tenant)) throw refuseUser(grant, tenant);
  return tenant;
}

function refuseUser({ persona, tenantId }: RefreshGrant, tenant: DirectoryTenant): Error {
  return refuse("userNotInTenant", { user: persona, idp: tenantId, tenant: tenant.name });
}
