import { authorityPrefixOf, authorityVariables, namesOf } from "../../src/cli-exports/policy.ts";

const ends = namesOf(authorityVariables).map((name) => name.slice("ENTRA_<NAME>".length));
/** Variables that each authority has. A text about ENTRA_CLIENT_ID is about tokens for other APIs, which belong to the default one. */
const ownVariables = new RegExp(`\\bENTRA(?=(?:${ends.filter((end) => end !== "_CLIENT_ID").join("|")})\\b)`, "g");

/**
 * Writes the variables of an authority in a text about those of the default one: `ENTRA_CUSTOMERS_TENANT_ID` in place of
 * `ENTRA_TENANT_ID`.
 *
 * @param authority name of the authority
 */
export function spellForAuthority(text: string, authority: string): string {
  return text.replace(ownVariables, authorityPrefixOf(authority));
}
