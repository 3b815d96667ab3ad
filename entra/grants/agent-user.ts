import { exchangeAudience } from "../clients/agent.ts";
import { refuse } from "../common/error.ts";
import { readOwnToken } from "../keys/own-token.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { canSignIn } from "./accounts.ts";
import { type GrantHandler, requireParameter, requireTenant } from "./grant.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/**
 * Issues a token of an agent's own user account: the agent identifies itself with its blueprint's token, and its user
 * account with a token of its own.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-user-oauth-flow
 */
export const grantAgentUser: GrantHandler = async (request) => {
  const { form, client, segment } = request;
  const tenant = requireTenant(request);
  if (client.blueprint === undefined) throw refuse("wrongGrantType", { grantType: "user_fic" });
  const scope = requireParameter(request, "scope");
  const username = requireParameter(request, "username");
  const claims = await readOwnToken(requireParameter(request, "user_federated_identity_credential"), request);
  if (typeof claims !== "object" || claims.aud !== exchangeAudience || claims.azp !== client.clientId) {
    throw refuse("untrustedIssuer");
  }
  const { directory } = request;
  const found = directory.users.find((user) => user.username.toLowerCase() === username.toLowerCase());
  if (!found || !canSignIn(directory, segment, found) || found.shortName !== client.agentUser) {
    throw refuse("unknownPersona", { user: username, tenant: tenant.name });
  }
  return issueUserTokens(request, {
    requested: readRequested(request, scope),
    signIn: {
      tenant,
      persona: found.shortName,
      acrs: [],
      hasMultifactor: false,
      signedInAtSeconds: request.nowSeconds(),
      epoch: request.revocations.epoch(),
    },
    scope,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    platform: "web",
  });
};
