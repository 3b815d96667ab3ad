import type { Denial } from "../denial.ts";
import type { Principal } from "../token/principal.ts";
import type { Requirement, Rule } from "./requirement.ts";

/**
 * Decides whether a principal may do what a route offers.
 *
 * @param principal verified
 * @param requirement of the route
 * @returns why not, or `undefined` where it may. Of several alternatives the reason is that of the one that came
 * furthest; a claims challenge comes last, so it is only sent where nothing else is missing
 */
export function decide(principal: Principal, requirement: Requirement): Denial | undefined {
  let closest: Attempt = { denial: { reason: "kind_not_allowed", scopes: [] }, passed: -1 };
  for (const rule of requirement.anyOf) {
    const attempt = tryRule(principal, rule);
    if (attempt === undefined) return undefined;
    if (attempt.passed > closest.passed) closest = attempt;
  }
  return closest.denial;
}

/** A rule that did not fit, and how many checks did before. */
interface Attempt {
  readonly denial: Denial;
  readonly passed: number;
}

function tryRule(principal: Principal, rule: Rule): Attempt | undefined {
  const scopes = rule.scopes ?? rule.anyScope ?? [];
  if (principal.kind !== rule.kind) return { denial: { reason: "kind_not_allowed", scopes }, passed: 0 };
  if (rule.tenants && !rule.tenants.includes(principal.tid)) {
    return { denial: { reason: "tenant_not_allowed_here", scopes }, passed: 1 };
  }
  if (rule.clients && !rule.clients.includes(principal.azp)) {
    return { denial: { reason: "client_not_allowed", scopes }, passed: 2 };
  }
  if (!hasAll(principal.scopes, rule.scopes) || !hasOne(principal.scopes, rule.anyScope)) {
    return { denial: { reason: "scope_missing", scopes }, passed: 3 };
  }
  if (!hasAll(principal.roles, rule.roles) || !hasOne(principal.roles, rule.anyRole)) {
    return { denial: { reason: "role_missing", scopes }, passed: 4 };
  }
  const context = rule.acrs?.find((wanted) => !readList(principal, "acrs").includes(wanted));
  if (context === undefined) return undefined;
  const challengeable = isChallengeable(principal);
  return { denial: { reason: "authentication_context_missing", scopes, context, challengeable }, passed: 5 };
}

/**
 * Whether the client said that it handles claims challenges: capability `cp1`, in any case.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function isChallengeable(principal: Principal): boolean {
  return readList(principal, "xms_cc").some((capability) => capability.toLowerCase() === "cp1");
}

function hasAll(held: readonly string[], wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.every((item) => held.includes(item));
}

function hasOne(held: readonly string[], wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.some((item) => held.includes(item));
}

/** A claim that should be an array of strings, and counts as empty where it is not. */
function readList({ claims }: Principal, claim: "acrs" | "xms_cc"): readonly string[] {
  const value = claims[claim];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
