import { type Access, describeRequirements, listAuthorities, type Requirement } from "../../src/cli-exports/policy.ts";

/**
 * Who may call, as a phrase.
 *
 * @param standard the default requirement; `undefined` if none is configured
 * @param authorities of the gate. If it has several, the phrase names those whose callers may call
 */
export function describeAccess(
  access: Access,
  standard: Requirement | undefined,
  authorities: readonly unknown[] = [],
): string {
  const describe = (requirements: readonly Requirement[]) =>
    describeRequirements(authorities.length > 1 ? requirements.map(nameAuthorities) : requirements);
  switch (access.kind) {
    case "public":
      return "anyone";
    case "authenticated":
      return "any caller with a valid token";
    case "closed":
      return "404";
    case "absent":
      return "404 to any caller";
    case "default":
      return `${standard === undefined ? "no caller" : describe([standard])} (the default)`;
    case "required":
      return describe(access.requirements);
  }
}

function nameAuthorities({ anyOf: [first, ...others] }: Requirement): Requirement {
  const name = (rule: typeof first) => ({ ...rule, from: listAuthorities(rule) });
  return { anyOf: [name(first), ...others.map(name)] };
}
