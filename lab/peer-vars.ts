import { createGateVars } from "../cli/common/gate-vars.ts";
import { api, tenants } from "../entra/directory/directory.ts";

const tenant = tenants.contoso.id;

/** Variables of a gate and of its peers. */
export function createPeerVars(entraUrl: string, originUrl?: string): Record<string, string> {
  return {
    ...createGateVars(entraUrl, originUrl),
    ISSUER: `${entraUrl}/${tenant}/v2.0`,
    AUDIENCE: api.clientId,
    KEYS_URL: `${entraUrl}/${tenant}/discovery/v2.0/keys`,
  };
}
