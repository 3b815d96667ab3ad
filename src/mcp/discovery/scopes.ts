import { type Access, listRequirements } from "../../policy/requirement.ts";
import type { Rule } from "../../policy/rule.ts";
import type { ResourceFacts } from "./types.ts";

/** All scopes that the requirements name, each once. */
export function listScopes(accesses: readonly Access[], facts: ResourceFacts): readonly string[] {
  const rules = accesses
    .flatMap((access) => listRequirements(access, facts.defaultRequirement))
    .flatMap(({ anyOf }) => anyOf);
  return [...new Set(rules.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]))];
}

/**
 * Scopes that are enough for a user: those of the first alternative for users, and the first of several scopes of which
 * one is enough.
 */
export function listNeededScopes(access: Access, facts: ResourceFacts): readonly string[] {
  return listRequirements(access, facts.defaultRequirement).flatMap(({ anyOf }) => {
    const rule: Rule | undefined = anyOf.find(({ kind }) => kind === "user");
    return [...(rule?.scopes ?? []), ...(rule?.anyScope?.slice(0, 1) ?? [])];
  });
}
