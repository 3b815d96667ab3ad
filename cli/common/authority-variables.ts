import { authorityPrefixOf, authorityVariables, namesOf, renameVariable } from "../../src/cli-exports/policy.ts";

/**
 * Variables that each authority has. A text about ENTRA_CLIENT_ID is about tokens for other APIs, which belong to the
 * default one.
 */
const ofEachAuthority: ReadonlySet<string> = new Set(
  namesOf(authorityVariables)
    .map((name) => name.replace("_<NAME>", ""))
    .filter((name) => name !== "ENTRA_CLIENT_ID"),
);

/**
 * Writes the variables of an authority in a text about those of the default one: `ENTRA_CUSTOMERS_TENANT_ID` in place
 * of `ENTRA_TENANT_ID`.
 *
 * @param authority name of the authority
 */
export function spellForAuthority(text: string, authority: string): string {
  const prefix = authorityPrefixOf(authority);
  return text.replace(/\bENTRA_[A-Z0-9_]+/g, (name) =>
    ofEachAuthority.has(name) ? renameVariable(name, prefix) : name,
  );
}
