import { refusals } from "../common/error.ts";
import type { GrantHandler } from "./grant.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token */
export const grantRefreshToken: GrantHandler = async (request) => {
  const { form, client, tenant, refreshTokens, apis } = request;
  const token = form.get("refresh_token");
  if (!token) throw refusals.missingParameter("refresh_token");
  const grant = refreshTokens.find(token);
  if (!grant || grant.clientId !== client.clientId || grant.tenant.id !== tenant.id) throw refusals.wrongRefreshToken();
  const scope = form.get("scope");
  if (!scope) throw refusals.refreshWithoutScope(client.clientId);
  return issueUserTokens(request, {
    ...apis.parseDelegatedScope(scope, form.get("resource") ?? undefined),
    persona: grant.persona,
    scope: `${scope} offline_access`,
    nonce: undefined,
    claimsRequests: [],
  });
};
