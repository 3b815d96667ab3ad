import { defaultAuthority } from "../common/authority-name.ts";
import type { Requirement } from "../policy/requirement.ts";
import { listAuthorities } from "../policy/rule.ts";
import type { EntraOptions } from "./entra-options.ts";

/**
 * Explains which mistake requirements have, all of which a caller must meet, about authorities.
 *
 * @returns a clause, which says what to write; `undefined` if there is none
 */
export type FindAuthorityMistake = (requirements: readonly Requirement[]) => string | undefined;

/** Creates the check of requirements for the options of a gate. */
export function createAuthorityCheck({
  authorities,
}: EntraOptions & { readonly authorities?: { readonly names: readonly string[] } }): FindAuthorityMistake {
  const known = [defaultAuthority, ...(authorities?.names ?? [])];
  return (requirements) => {
    const rules = requirements.flatMap(({ anyOf }) => anyOf);
    const unknown = rules.flatMap(listAuthorities).find((name) => !known.includes(name));
    return (
      unknown && `from has ${JSON.stringify(unknown)}, which the gate does not declare. Use one of ${known.join(", ")}`
    );
  };
}
