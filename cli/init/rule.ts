import type { RuleOptions } from "../../src/cli-exports/policy.ts";
import type { Variables } from "./answers.ts";

/** What a route requires, as code. */
export interface Rule {
  /** `requireAuth("access_as_user")`. */
  readonly code: string;
  /** Functions that the code calls. */
  readonly names: readonly string[];
}

/**
 * Lists whom the default requirement of the variables admits: users with all scopes and one of the groups, or callers
 * with one of the roles.
 */
export function listCallers({
  ENTRA_REQUIRED_SCOPE: scope,
  ENTRA_REQUIRED_GROUP: group,
  ENTRA_REQUIRED_ROLE: role,
}: Variables): readonly RuleOptions[] {
  return [
    ...(scope || group ? [{ scopes: splitList(scope), ...(group && { anyGroup: splitList(group) }) }] : []),
    ...(role ? [{ anyRole: splitList(role) }] : []),
  ];
}

/** Writes the default requirement of the variables as code. */
export function writeRule(variables: Variables): Rule {
  const [first = "requireAuth()", other] = listCallers(variables).map(writeRequirement);
  return other === undefined
    ? { code: first, names: ["requireAuth"] }
    : { code: `anyOf(${first}, ${other})`, names: ["anyOf", "requireAuth"] };
}

function writeRequirement({ scopes = [], anyGroup, anyRole }: RuleOptions): string {
  if (anyRole !== undefined) return `requireAuth({ anyRole: [${writeNames(anyRole)}] })`;
  if (anyGroup === undefined) return `requireAuth(${writeNames(scopes)})`;
  return `requireAuth({ scopes: [${writeNames(scopes)}], anyGroup: [${writeNames(anyGroup)}] })`;
}

export function splitList(list = ""): readonly string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

const writeNames = (list: readonly string[]) => list.map((name) => JSON.stringify(name)).join(", ");
