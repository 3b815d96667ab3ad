import { defaultAuthority } from "../../src/cli-exports/policy.ts";

/** Variables that each authority has. */
const ownVariables =
  /\bENTRA_(?=(?:TENANT_ID|ALLOWED_TENANTS|API_AUDIENCE|AUTHORITY|CLOUD|ACCEPT_V1|ALLOWED_CLIENTS|APP_ID_URI)\b)/g;

/**
 * Writes the variables of an authority in a text about those of the default one: `ENTRA_CUSTOMERS_TENANT_ID` in place of
 * `ENTRA_TENANT_ID`.
 *
 * @param authority name of the authority
 */
export function spellForAuthority(text: string, authority: string): string {
  return authority === defaultAuthority ? text : text.replace(ownVariables, `ENTRA_${authority.toUpperCase()}_`);
}
