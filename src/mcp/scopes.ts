import type { GateSetup } from "../guard/setup.ts";
import type { Access, Requirement, Rule } from "../policy/requirement.ts";

/** All scopes that some requirements name, each once. */
export function listScopes(accesses: readonly Access[], setup: GateSetup): readonly string[] {
  const rules = accesses.flatMap((access) => listRequirements(access, setup)).flatMap(({ anyOf }) => anyOf);
  return [...new Set(rules.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]))];
}

/** The scopes with which a user is let in: of alternatives the first for users, and of several scopes of which one is enough the first. */
export function listNeededScopes(access: Access, setup: GateSetup): readonly string[] {
  return listRequirements(access, setup).flatMap(({ anyOf }) => {
    const rule: Rule | undefined = anyOf.find(({ kind }) => kind === "user");
    return [...(rule?.scopes ?? []), ...(rule?.anyScope?.slice(0, 1) ?? [])];
  });
}

function listRequirements(access: Access, { defaultRequirement }: GateSetup): readonly Requirement[] {
  if (access.kind === "required") return access.requirements;
  return access.kind === "default" && defaultRequirement !== undefined ? [defaultRequirement] : [];
}
