import { exchangeAudience, exchangeScope, formatAgentSubject } from "../clients/agent.ts";
import type { DirectoryTenant } from "../directory/model.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import {
  describeClient,
  describeToken,
  findExpiry,
  type GrantHandler,
  requireConfidential,
  requireTenant,
  type TokenRequest,
} from "./grant.ts";
import { readAppScope } from "./scope.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export const grantClientCredentials: GrantHandler = async (request) => {
  const { form, authority, client, issuer, apis } = request;
  requireConfidential(request);
  const tenant = requireTenant(request);
  const scope = readAppScope(request);
  const token = { authority, tenant: tenant.id, client: client.clientId, persona: undefined };
  if (scope === exchangeScope) {
    const claims = createExchangeClaims(request, tenant);
    return { ...describeToken(request), access_token: await issuer.issueGrantedToken({ ...token, claims }) };
  }
  const resource = apis.parseAppScope(scope, tenant.id);
  const { capabilities } = parseClaimsRequest(form.get("claims") ?? undefined);
  const accessToken = await issuer.issueGrantedToken({
    ...token,
    resource,
    capabilities: capabilities.length > 0 ? capabilities : client.capabilities,
    claims: describeClient(request, resource),
  });
  return { ...describeToken(request), access_token: accessToken };
};

/**
 * Claims of a token with which a blueprint acts for the agent of `fmi_path`, or an agent for its user account.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-user-oauth-flow
 */
function createExchangeClaims(request: TokenRequest, tenant: DirectoryTenant) {
  const { form, client, method } = request;
  const agentId = form.get("fmi_path");
  const sub = agentId === null ? {} : { sub: formatAgentSubject(tenant.id, client.clientId, agentId) };
  return { aud: exchangeAudience, azpacr: method, exp: findExpiry(request), ...sub };
}
