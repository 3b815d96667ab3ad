import { refuse } from "../common/error.ts";
import type { Tenant } from "../directory/directory.ts";
import { findPersona, findTenant } from "../directory/lookup.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import type { RefreshGrant } from "../tokens/refresh-token.ts";
import { admitsTenant, findInTenant, isMultitenant } from "./accounts.ts";
import { type GrantHandler, requireParameter, type TokenRequest } from "./grant.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token */
export const grantRefreshToken: GrantHandler = async (request) => {
  const { form, client, version } = request;
  const grant = await openGrant(request, requireParameter(request, "refresh_token"));
  const scope = version === 1 ? "openid" : form.get("scope");
  if (!scope) throw refuse("refreshWithoutScope", { clientId: client.clientId });
  const tenant = findTargetTenant(request, grant);
  const persona = findInTenant(grant.persona, tenant);
  if (persona === undefined) throw refuse("userNotInTenant", describeUser(grant, tenant));
  return issueUserTokens(request, {
    requested: readRequested(request, scope),
    signIn: { ...grant, tenant, persona },
    scope: `${scope} offline_access`,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    isOfSpa: grant.isOfSpa,
  });
};

async function openGrant({ client, refreshTokens, origin }: TokenRequest, token: string): Promise<RefreshGrant> {
  const grant = await refreshTokens.open(token);
  if (grant === undefined) throw refuse("wrongRefreshToken");
  if (grant.clientId !== client.clientId) throw refuse("refreshTokenOfOtherClient");
  if (grant.isOfSpa && origin === undefined) throw refuse("crossOriginNeeded");
  if (!grant.isOfSpa && origin !== undefined) throw refuse("crossOriginForbidden");
  const issued = new Date(grant.issuedAtSeconds * 1000).toISOString();
  if (refreshTokens.hasExpired(grant)) {
    throw refuse(grant.isOfSpa ? "expiredSpaRefreshToken" : "expiredRefreshToken", { issued });
  }
  return grant;
}

/** A refresh token is bound to no tenant: the path decides, and `common` means the tenant of the sign-in. */
function findTargetTenant({ segment }: TokenRequest, grant: RefreshGrant): Tenant {
  const tenant = findTenant(isMultitenant(segment) ? grant.tenantId : segment)!;
  if (isMultitenant(segment) && !admitsTenant(segment, tenant))
    throw refuse("userNotInTenant", describeUser(grant, tenant));
  return tenant;
}

function describeUser({ persona, tenantId }: RefreshGrant, tenant: Tenant) {
  return { user: findPersona(persona)?.username ?? persona, idp: tenantId, tenant: tenant.name };
}
