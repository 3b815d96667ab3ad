import { api, tenants } from "../../entra/directory/directory.ts";

/**
 * Creates the variables of a gate that trusts a local Entra.
 *
 * @param entraUrl of the local Entra, without a slash at the end
 * @param originUrl absent if the gate forwards nothing
 */
export function createGateVars(entraUrl: string, originUrl?: string): Record<string, string> {
  return {
    ENTRA_TENANT_ID: tenants.contoso.id,
    ENTRA_API_AUDIENCE: api.clientId,
    ENTRA_AUTHORITY: entraUrl,
    ENTRA_REQUIRED_SCOPE: "access_as_user",
    ...(originUrl !== undefined && { ORIGIN_URL: originUrl }),
  };
}
