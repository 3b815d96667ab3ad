import { defaultAuthority } from "../../base/common/authority-name.ts";
import { isAuthorityNamed } from "../../core/policy/decision.ts";
import { listAuthorities, type Requirement, type Rule } from "../../core/policy/rule.ts";

/**
 * Explains why requirements, all of which a caller must meet, cannot be met or checked in a gate.
 *
 * @param names of the option `authorities`
 * @param asksGraph whether the gate asks Microsoft Graph for groups, which it can only do for callers of `default`
 * @returns a clause, which says what to write; `undefined` if there is no mistake
 */
export function findAuthorityMistake(
  requirements: readonly Requirement[],
  names: readonly string[],
  asksGraph: boolean,
): string | undefined {
  const known = [defaultAuthority, ...names];
  const rules = requirements.flatMap(({ anyOf }) => anyOf);
  const unknown = rules.flatMap(listAuthorities).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const name = JSON.stringify(unknown);
    return `from has ${name}, which the gate does not declare. Use one of ${known.join(", ")}, or add ${name} to the option authorities`;
  }
  if (requirements.length > 0 && !known.some((name) => isAuthorityNamed(name, requirements)))
    return 'its requirements share no authority, so no caller can meet all of them. Write the same authority in each, including those of its groups: from: ["default", "customers"]';
  const asking = asksGraph && rules.find((rule) => (rule.groups ?? rule.anyGroup) && findForeign(rule) !== undefined);
  if (asking)
    return `from of a requirement with groups has ${JSON.stringify(findForeign(asking))}, and the option groups asks Microsoft Graph for callers of default only. Write anyOf(…) with a rule without groups for the other authority`;
  return undefined;
}

function findForeign(rule: Rule): string | undefined {
  return listAuthorities(rule).find((name) => name !== defaultAuthority);
}
