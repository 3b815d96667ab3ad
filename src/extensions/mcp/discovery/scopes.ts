import { listRequirements } from "../../../core/policy/decision.ts";
import { type Access, listAuthorities, type Rule } from "../../../core/policy/rule.ts";
import type { ResourceFacts } from "./types.ts";

/** All scopes that the requirements name for callers of some authorities, each once. */
export function listScopes(
  accesses: readonly Access[],
  facts: ResourceFacts,
  authorities: readonly string[],
): readonly string[] {
  const rules = accesses
    .flatMap((access) => listRequirements(access, facts.defaultRequirement))
    .flatMap(({ anyOf }) => anyOf)
    .filter((rule) => listAuthorities(rule).some((name) => authorities.includes(name)));
  return [...new Set(rules.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]))];
}

/**
 * Scopes that are enough for a user: those of the first alternative for users, and the first of several scopes of which
 * one is enough.
 *
 * @param authority of the user
 */
export function listNeededScopes(access: Access, facts: ResourceFacts, authority: string): readonly string[] {
  return listRequirements(access, facts.defaultRequirement).flatMap(({ anyOf }) => {
    const rule: Rule | undefined = anyOf.find(
      (each) => each.kind === "user" && listAuthorities(each).includes(authority),
    );
    return [...(rule?.scopes ?? []), ...(rule?.anyScope?.slice(0, 1) ?? [])];
  });
}
