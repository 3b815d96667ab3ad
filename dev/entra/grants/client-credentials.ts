import { tokenLifetimeSeconds } from "../access-token.ts";
import { parseClaimsRequest } from "../claims-request.ts";
import { api } from "../directory.ts";
import { faults } from "../fault.ts";
import { parseAppScope } from "../scope.ts";
import type { GrantHandler } from "./grant.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export const grantClientCredentials: GrantHandler = async ({ form, authority, tenant, client, issuer }) => {
  if (client.secret === undefined) throw faults.secretNeeded();
  const scope = form.get("scope");
  if (!scope) throw faults.missingParameter("scope");
  const resource = parseAppScope(scope);
  const { capabilities } = parseClaimsRequest(form.get("claims") ?? undefined);
  const accessToken = await issuer.issueAccessToken({
    authority,
    tenant: tenant.id,
    client: client.clientId,
    roles: resource.clientId === api.clientId ? client.appRoles : [],
    capabilities: capabilities.length > 0 ? capabilities : client.capabilities,
    claims: { aud: resource.clientId },
  });
  return {
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds - 1,
    ext_expires_in: tokenLifetimeSeconds - 1,
    access_token: accessToken,
  };
};
