import { refusals } from "../common/error.ts";
import { api } from "../directory/directory.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { describeToken, findExpiry, type GrantHandler } from "./grant.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export const grantClientCredentials: GrantHandler = async (request) => {
  const { form, authority, tenant, client, issuer, apis } = request;
  if (client.secret === undefined) throw refusals.secretNeeded();
  const scope = form.get("scope");
  if (!scope) throw refusals.missingParameter("scope");
  const resource = apis.parseAppScope(scope);
  const { capabilities } = parseClaimsRequest(form.get("claims") ?? undefined);
  const accessToken = await issuer.issueAccessToken({
    authority,
    tenant: tenant.id,
    client: client.clientId,
    roles: resource.clientId === api.clientId ? client.appRoles : [],
    capabilities: capabilities.length > 0 ? capabilities : client.capabilities,
    claims: { aud: resource.clientId, exp: findExpiry(request) },
  });
  return { ...describeToken(request), access_token: accessToken };
};
