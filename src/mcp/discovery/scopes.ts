import type { Access, Requirement, Rule } from "../../policy/requirement.ts";
import type { ResourceFacts } from "./types.ts";

/** All scopes that the requirements name, each once. */
export function listScopes(accesses: readonly Access[], facts: ResourceFacts): readonly string[] {
  const rules = accesses.flatMap((access) => listRequirements(access, facts)).flatMap(({ anyOf }) => anyOf);
  return [...new Set(rules.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]))];
}

/**
 * Scopes that are enough for a user: those of the first alternative for users, and the first of several scopes of which
 * one is enough.
 */
export function listNeededScopes(access: Access, facts: ResourceFacts): readonly string[] {
  return listRequirements(access, facts).flatMap(({ anyOf }) => {
    const rule: Rule | undefined = anyOf.find(({ kind }) => kind === "user");
    return [...(rule?.scopes ?? []), ...(rule?.anyScope?.slice(0, 1) ?? [])];
  });
}

function listRequirements(access: Access, { defaultRequirement }: ResourceFacts): readonly Requirement[] {
  if (access.kind === "required") return access.requirements;
  return access.kind === "default" && defaultRequirement !== undefined ? [defaultRequirement] : [];
}
