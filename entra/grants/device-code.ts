import { refuse } from "../common/error.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { admitsTenant } from "./accounts.ts";
import { type GrantHandler, requireParameter } from "./grant.ts";
import { readRequested } from "./scope.ts";
import { issueUserTokens } from "./user-tokens.ts";

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
export const grantDeviceCode: GrantHandler = async (request) => {
  const { client, deviceCodes, directory, form, origin, segment, version } = request;
  if (origin !== undefined) throw refuse("crossOriginForbidden");
  const deviceCode = requireParameter(request, version === 1 && form.has("code") ? "code" : "device_code");
  const found = deviceCodes.find(deviceCode);
  if (!found || found.clientId !== client.clientId) throw refuse("wrongDeviceCode");
  if (deviceCodes.hasExpired(found)) throw refuse("expiredDeviceCode");
  if (found.decision === undefined) throw refuse("authorizationPending");
  if (found.decision === "declined") throw refuse("deviceCodeDeclined");
  if (!admitsTenant(directory, segment, found.decision.tenant)) throw refuse("wrongDeviceCode");
  deviceCodes.delete(found);
  return issueUserTokens(request, {
    requested: readRequested(request, found.scope),
    signIn: found.decision,
    scope: found.scope,
    nonce: undefined,
    claims: [parseClaimsRequest(form.get("claims") ?? undefined)],
    platform: "native",
  });
};
