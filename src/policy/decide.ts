import type { Denial } from "../common/denial.ts";
import type { Identity } from "../token/identity.ts";
import { type Check, checks } from "./checks.ts";
import type { Requirement } from "./requirement.ts";
import type { Rule } from "./rule.ts";

/** A check of a rule, and its place among all checks. */
interface RankedCheck {
  readonly rank: number;
  readonly check: Check;
}

/** The checks of each rule of a requirement. They are created once. */
const compiled = new WeakMap<Requirement, readonly (readonly RankedCheck[])[]>();

/** No rule of a requirement. */
const none: Denial = { reason: "kind_not_allowed", scopes: [] };

/**
 * Decides whether a caller meets the requirement of a route.
 *
 * @param identity of the caller
 * @param requirement of the route
 * @returns the denial, or `undefined`. With several alternatives, it is that of the alternative that passed most
 * checks.
 */
export function decide(identity: Identity, requirement: Requirement): Denial | undefined {
  let closest = none;
  let closestRank = -1;
  for (const rule of compiled.get(requirement) ?? compile(requirement)) {
    let failed: Denial | undefined;
    for (const { rank, check } of rule) {
      failed = check(identity);
      if (failed === undefined) continue;
      if (rank > closestRank) [closest, closestRank] = [failed, rank];
      break;
    }
    if (failed === undefined) return undefined;
  }
  return closest;
}

function compile(requirement: Requirement): readonly (readonly RankedCheck[])[] {
  const rules = requirement.anyOf.map(compileRule);
  compiled.set(requirement, rules);
  return rules;
}

function compileRule(rule: Rule): readonly RankedCheck[] {
  const scopes = rule.scopes ?? rule.anyScope ?? [];
  return checks.flatMap((createCheck, rank) => {
    const check = createCheck(rule, scopes);
    return check === undefined ? [] : [{ rank, check }];
  });
}
