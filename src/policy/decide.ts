import type { Denial, ScopedReason } from "../common/denial.ts";
import type { Identity } from "../token/identity.ts";
import type { Requirement, Rule } from "./requirement.ts";

/**
 * Decides whether a caller meets the requirement of a route.
 *
 * @param identity of the caller
 * @param requirement of the route
 * @returns the denial, or `undefined`. With several alternatives, it is that of the alternative that passed most
 * checks. A claims challenge is checked last, so it is only sent if nothing else is missing.
 */
export function decide(identity: Identity, requirement: Requirement): Denial | undefined {
  let closest: Attempt = miss("kind_not_allowed", [], -1);
  for (const rule of requirement.anyOf) {
    const attempt = tryRule(identity, rule);
    if (attempt === undefined) return undefined;
    if (attempt.passed > closest.passed) closest = attempt;
  }
  return closest.denial;
}

/** A failed rule, and the number of checks that it passed. */
interface Attempt {
  readonly denial: Denial;
  readonly passed: number;
}

function tryRule(identity: Identity, rule: Rule): Attempt | undefined {
  const scopes = rule.scopes ?? rule.anyScope ?? [];
  const { kind, tid, azp, agent } = identity;
  if (kind !== rule.kind) return miss("kind_not_allowed", scopes, 0);
  if (rule.tenants?.includes(tid) === false) return miss("tenant_not_allowed_here", scopes, 1);
  if (rule.clients?.includes(azp) === false) return miss("client_not_allowed", scopes, 2);
  if (rule.agent && (rule.agent === "only") !== (agent !== undefined)) return miss("agent_not_allowed", scopes, 3);
  const lacking = lackAll(identity.scopes, rule.scopes) ?? lackOne(identity.scopes, rule.anyScope);
  if (lacking) return miss("scope_missing", lacking, 4);
  const roles = lackAll(identity.roles, rule.roles);
  const anyRole = lackOne(identity.roles, rule.anyRole);
  if (roles ?? anyRole) return { denial: { reason: "role_missing", scopes, roles, anyRole }, passed: 5 };
  const groupless = findGroupDenial(identity, rule, scopes);
  if (groupless) return { denial: groupless, passed: 6 };
  const context = rule.acrs?.find((wanted) => !identity.contexts.includes(wanted));
  if (context === undefined) return undefined;
  const challengeable = isChallengeable(identity);
  return { denial: { reason: "authentication_context_missing", scopes, context, challengeable }, passed: 7 };
}

function findGroupDenial(identity: Identity, rule: Rule, scopes: readonly string[]): Denial | undefined {
  if (rule.groups === undefined && rule.anyGroup === undefined) return undefined;
  if (identity.groupsLack !== undefined) return { reason: identity.groupsLack, scopes };
  const groups = lackAll(identity.groups, rule.groups);
  const anyGroup = lackOne(identity.groups, rule.anyGroup);
  return groups || anyGroup ? { reason: "group_missing", scopes, groups, anyGroup } : undefined;
}

function miss(reason: ScopedReason, scopes: readonly string[], passed: number): Attempt {
  return { denial: { reason, scopes }, passed };
}

/**
 * Whether the client handles claims challenges: it declares the capability `cp1`, in any case.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function isChallengeable({ capabilities }: Pick<Identity, "capabilities">): boolean {
  return capabilities.some((capability) => capability.toLowerCase() === "cp1");
}

type Names = readonly string[] | undefined;

/** @returns the wanted names, if not all of them are held */
function lackAll(held: readonly string[], wanted: Names): Names {
  return wanted?.every((item) => held.includes(item)) ? undefined : wanted;
}

/** @returns the wanted names, if none of them is held */
function lackOne(held: readonly string[], wanted: Names): Names {
  return wanted?.some((item) => held.includes(item)) ? undefined : wanted;
}
