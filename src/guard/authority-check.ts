import { defaultAuthority } from "../common/authority-name.ts";
import { isAuthorityNamed, type Requirement } from "../policy/requirement.ts";
import { listAuthorities } from "../policy/rule.ts";
import type { EntraOptions } from "./entra-options.ts";

/**
 * Explains which mistake requirements have, all of which a caller must meet, about authorities.
 *
 * @returns a clause, which says what to write; `undefined` if there is none
 */
export type FindAuthorityMistake = (requirements: readonly Requirement[]) => string | undefined;

/** Creates the check of requirements for the options of a gate. */
export function createAuthorityCheck({ authorities }: EntraOptions): FindAuthorityMistake {
  const declared = [defaultAuthority, ...(authorities?.names ?? [])];
  return (requirements) => {
    const named = requirements.flatMap(({ anyOf }) => anyOf).flatMap(listAuthorities);
    const unknown = named.find((name) => !declared.includes(name));
    if (unknown !== undefined)
      return `from has ${JSON.stringify(unknown)}, which the gate does not declare. Use one of ${declared.join(", ")}`;
    if (requirements.length === 0 || declared.some((name) => isAuthorityNamed(name, requirements))) return undefined;
    return "its requirements share no authority, so that no caller meets all of them. Name one in from of each";
  };
}
