import { defaultAuthority } from "../../base/common/authority-name.ts";
import { listAuthorities, type Requirement, type Rule } from "../policy/rule.ts";
import { readAuthoritiesProvider } from "./authorities.ts";
import type { EntraOptions } from "./entra-options.ts";

/**
 * Explains which mistake requirements have, all of which a caller must meet, about authorities.
 *
 * @returns a clause, which says what to write; `undefined` if there is none
 */
export type FindAuthorityMistake = (requirements: readonly Requirement[]) => string | undefined;

/** Creates the check of requirements for the options of a gate. */
export function createAuthorityCheck({ authorities, groups }: EntraOptions): FindAuthorityMistake {
  const provider = readAuthoritiesProvider(authorities);
  return (requirements) => {
    // In Hono and DaloyJS, every request asks. Most requirements are for callers of the default authority alone.
    if (!requirements.some(namesAuthority)) return undefined;
    if (provider !== undefined) return provider.findMistake(requirements, groups !== undefined);
    const rules = requirements.flatMap(({ anyOf }) => anyOf);
    const unknown = rules.flatMap(listAuthorities).find((name) => name !== defaultAuthority);
    if (unknown === undefined) return undefined;
    const name = JSON.stringify(unknown);
    return `from has ${name}, which the gate does not declare. Add the option authorities: authorities(${name})`;
  };
}

function namesAuthority({ anyOf }: Requirement): boolean {
  return anyOf.some(hasFrom);
}

function hasFrom({ from }: Rule): boolean {
  return from !== undefined;
}
