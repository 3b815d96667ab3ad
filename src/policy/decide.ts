import type { Denial, ScopedReason } from "../common/denial.ts";
import type { Principal } from "../token/principal.ts";
import type { Requirement, Rule } from "./requirement.ts";

/**
 * Decides whether a principal meets the requirement of a route.
 *
 * @param principal verified
 * @param requirement of the route
 * @returns the denial, or `undefined`. With several alternatives, it is that of the alternative that passed most
 * checks. A claims challenge is checked last, so it is only sent if nothing else is missing.
 */
export function decide(principal: Principal, requirement: Requirement): Denial | undefined {
  let closest: Attempt = miss("kind_not_allowed", [], -1);
  for (const rule of requirement.anyOf) {
    const attempt = tryRule(principal, rule);
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

function tryRule(principal: Principal, rule: Rule): Attempt | undefined {
  const scopes = rule.scopes ?? rule.anyScope ?? [];
  const { kind, tid, azp, agent } = principal;
  if (kind !== rule.kind) return miss("kind_not_allowed", scopes, 0);
  if (rule.tenants?.includes(tid) === false) return miss("tenant_not_allowed_here", scopes, 1);
  if (rule.clients?.includes(azp) === false) return miss("client_not_allowed", scopes, 2);
  if (rule.agent && (rule.agent === "only") !== (agent !== undefined)) return miss("agent_not_allowed", scopes, 3);
  const lacking = lackAll(principal.scopes, rule.scopes) ?? lackOne(principal.scopes, rule.anyScope);
  if (lacking) return miss("scope_missing", lacking, 4);
  const roles = lackAll(principal.roles, rule.roles);
  const anyRole = lackOne(principal.roles, rule.anyRole);
  if (roles ?? anyRole) return { denial: { reason: "role_missing", scopes, roles, anyRole }, passed: 5 };
  const context = rule.acrs?.find((wanted) => !readList(principal, "acrs").includes(wanted));
  if (context === undefined) return undefined;
  const challengeable = isChallengeable(principal);
  return { denial: { reason: "authentication_context_missing", scopes, context, challengeable }, passed: 6 };
}

function miss(reason: ScopedReason, scopes: readonly string[], passed: number): Attempt {
  return { denial: { reason, scopes }, passed };
}

/**
 * Whether the client handles claims challenges: it declares the capability `cp1`, in any case.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function isChallengeable(principal: Principal): boolean {
  return readList(principal, "xms_cc").some((capability) => capability.toLowerCase() === "cp1");
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

/** Returns a claim that should be an array of strings. Otherwise it counts as empty. */
function readList({ claims }: Principal, claim: "acrs" | "xms_cc"): readonly string[] {
  const value = claims[claim];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
