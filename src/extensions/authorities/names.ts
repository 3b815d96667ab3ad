import { defaultAuthority, isAuthorityName } from "../../base/common/authority-name.ts";
import * as limits from "../../base/common/limits.ts";
import { authorityVariables } from "../../core/config/authority-table.ts";
import { entryVariables, mcpVariables, namesOf } from "../../core/config/table.ts";

/** The suffixes of the variables of a named authority: `_TENANT_ID`. */
const suffixes = namesOf(authorityVariables).map((name) => name.slice("ENTRA_<NAME>".length));

/** The variables of every authority, as the default one has them. */
const ofDefault: ReadonlySet<string> = new Set(suffixes.map((suffix) => `ENTRA${suffix}`));

/** The words after `ENTRA_` in the variables without a name: `client`, `required`, `api`. */
const reserved: ReadonlySet<string> = new Set(
  [...namesOf(entryVariables), ...namesOf(mcpVariables)]
    .filter((name) => name.startsWith("ENTRA_"))
    .map((name) => name.toLowerCase().split("_")[1] as string),
);

/** Whether each authority has a variable of its own in place of one of the default authority. */
export function isOfEachAuthority(variable: string): boolean {
  return ofDefault.has(variable);
}

/**
 * Checks the names of authorities.
 *
 * @throws TypeError that names the first wrong one
 */
export function checkNames(names: readonly unknown[]): void {
  if (names.length === 0 || names.length > limits.namedAuthorities)
    throw new TypeError(`authorities: must have 1 to ${limits.namedAuthorities} names. ${example}`);
  for (const [index, name] of names.entries()) {
    const problem = describeMistake(name) ?? (names.indexOf(name) < index ? "occurs twice" : undefined);
    if (problem !== undefined) throw new TypeError(`authorities: ${JSON.stringify(name)} ${problem}. ${example}`);
  }
}

const example = 'Write authorities("customers")';

function describeMistake(name: unknown): string | undefined {
  if (!isAuthorityName(name)) return "must have lower-case letters, digits and underscores, and begin with a letter";
  if (name === defaultAuthority) return "is the authority without a name";
  const [first = ""] = name.split("_");
  // Its variables would look like those without a name, such as ENTRA_CLIENT_ID.
  return reserved.has(first) ? `begins like a variable of the gate, ENTRA_${first.toUpperCase()}_…` : undefined;
}
