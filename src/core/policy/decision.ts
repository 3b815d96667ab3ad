import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Denial } from "../../base/common/denial.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import type { Identity } from "../token/identity.ts";
import { type Access, fromDefault, type MemberName, type Requirement, type Rule } from "./rule.ts";

/** The part of a setup that says who may call. */
interface Authorization {
  readonly authorities: readonly Pick<AuthorityConfig, "name" | "allowedClients">[];
  /** Without one, no caller is admitted where it applies. */
  readonly defaultRequirement?: Requirement | undefined;
}

/**
 * Checks whether the requirements name the caller's authority, whether the client may call at all, and whether the
 * caller meets the requirements.
 *
 * @param access of the route
 * @returns the denial, or `undefined`
 */
export function authorize(
  { authorities, defaultRequirement }: Authorization,
  identity: Identity,
  access: Access,
): Denial | undefined {
  if (access.kind === "public") return undefined;
  if (access.kind === "closed") return access.denial;
  if (access.kind === "absent") return { reason: "route_unlisted" };
  const requirements = listRequirements(access, defaultRequirement);
  const own = authorities.find(({ name }) => name === identity.authority);
  if (own === undefined || !isAuthorityNamed(own.name, requirements))
    return { reason: "authority_not_allowed", scopes: [] };
  if (own.allowedClients?.has(identity.azp) === false) return { reason: "client_not_allowed", scopes: [] };
  if (access.kind === "authenticated") return undefined;
  if (requirements.length === 0) return { reason: "requirement_missing", scopes: [] };
  for (const requirement of requirements) {
    const denial = decide(identity, requirement);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/**
 * Lists the requirements that a caller must all meet; none if the access does not depend on a requirement.
 *
 * @param standard the default requirement; `undefined` if none is configured, so that no caller is admitted
 */
export function listRequirements(access: Access, standard: Requirement | undefined): readonly Requirement[] {
  if (access.kind === "required") return access.requirements;
  return access.kind === "default" && standard !== undefined ? [standard] : [];
}

/**
 * Whether each requirement of a route has a rule for the callers of an authority. Without a requirement, only those of
 * `default` may call.
 */
export function isAuthorityNamed(authority: string, requirements: readonly Requirement[]): boolean {
  if (requirements.length === 0) return authority === defaultAuthority;
  // Every request asks this. Loops create no functions.
  for (const { anyOf } of requirements) {
    let isNamed = false;
    for (const { from = fromDefault } of anyOf) isNamed ||= from.includes(authority);
    if (!isNamed) return false;
  }
  return true;
}

/** A rule, the checks of its members in their order, and the scopes that a challenge lists. */
interface CheckedRule {
  readonly rule: Rule;
  readonly needed: ReadonlySet<Check>;
  readonly scopes: readonly string[];
}

/** The rules of each requirement. Their checks are found once. */
const compiled = new WeakMap<Requirement, readonly CheckedRule[]>();

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
  for (const { rule, needed, scopes } of compiled.get(requirement) ?? compile(requirement)) {
    let failed: Denial | undefined;
    for (const check of needed) {
      failed = check(identity, rule, scopes);
      if (failed === undefined) continue;
      const rank = ranked.indexOf(check);
      if (rank > closestRank) [closest, closestRank] = [failed, rank];
      break;
    }
    if (failed === undefined) return undefined;
  }
  return closest;
}

function compile(requirement: Requirement): readonly CheckedRule[] {
  const rules = requirement.anyOf.map((rule) => {
    // A rule without `from` admits only `default`, and one without `kind` nobody.
    const needed = new Set([checks.from, checks.kind]);
    for (const name of memberNames) if (rule[name] !== undefined) needed.add(checks[name]);
    return { rule, needed, scopes: rule.scopes ?? rule.anyScope ?? [] };
  });
  compiled.set(requirement, rules);
  return rules;
}

/**
 * Finds what a caller lacks of a member that a rule has.
 *
 * @param scopes of the rule, which a challenge lists
 */
type Check = (identity: Identity, rule: Rule, scopes: readonly string[]) => Denial | undefined;

/**
 * The check of each member, in their order. Members that one denial describes have the same check. A member that is
 * missing here does not compile. A claims challenge is checked last, so it is only sent if nothing else is missing.
 */
const checks: Readonly<Record<MemberName, Check>> = {
  from: ({ authority }, { from = fromDefault }, scopes) =>
    from.includes(authority) ? undefined : { reason: "authority_not_allowed", scopes },
  kind: ({ kind }, rule, scopes) => (kind === rule.kind ? undefined : { reason: "kind_not_allowed", scopes }),
  tenants: ({ tid }, { tenants = [] }, scopes) =>
    tenants.includes(tid) ? undefined : { reason: "tenant_not_allowed_here", scopes },
  clients: ({ azp }, { clients = [] }, scopes) =>
    clients.includes(azp) ? undefined : { reason: "client_not_allowed", scopes },
  agent: ({ agent }, rule, scopes) =>
    (rule.agent === "only") === (agent !== undefined) ? undefined : { reason: "agent_not_allowed", scopes },
  scopes: checkScopes,
  anyScope: checkScopes,
  roles: checkRoles,
  anyRole: checkRoles,
  groups: checkGroups,
  anyGroup: checkGroups,
  acrs: checkContexts,
};

/** Names of all members, in the order of their checks. */
export const memberNames = Object.keys(checks) as readonly MemberName[];

/** All checks, in their order. */
const ranked: readonly Check[] = [...new Set(Object.values(checks))];

function checkScopes({ scopes: held }: Identity, { scopes: all, anyScope: any }: Rule): Denial | undefined {
  const scopes = (all && lackAll(held, all)) ?? (any && lackOne(held, any));
  return scopes && { reason: "scope_missing", scopes };
}

function checkRoles({ roles: held }: Identity, rule: Rule, scopes: readonly string[]): Denial | undefined {
  const roles = rule.roles && lackAll(held, rule.roles);
  const anyRole = rule.anyRole && lackOne(held, rule.anyRole);
  return roles || anyRole ? { reason: "role_missing", scopes, roles, anyRole } : undefined;
}

function checkGroups(identity: Identity, rule: Rule, scopes: readonly string[]): Denial | undefined {
  const { groups: held, groupsLack } = identity;
  if (groupsLack !== undefined) return { reason: groupsLack, scopes };
  const groups = rule.groups && lackAll(held, rule.groups);
  const anyGroup = rule.anyGroup && lackOne(held, rule.anyGroup);
  return groups || anyGroup ? { reason: "group_missing", scopes, groups, anyGroup } : undefined;
}

function checkContexts(identity: Identity, { acrs = [] }: Rule, scopes: readonly string[]): Denial | undefined {
  const context = acrs.find((wanted) => !identity.contexts.includes(wanted));
  if (context === undefined) return undefined;
  const challengeable = isChallengeable(identity);
  return { reason: "authentication_context_missing", scopes, context, challengeable };
}

/**
 * Whether the client handles claims challenges: it declares the capability `cp1`, in any case.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function isChallengeable({ capabilities }: Pick<Identity, "capabilities">): boolean {
  return capabilities.some((capability) => capability.toLowerCase() === "cp1");
}

/** @returns the wanted names, if not all of them are held */
function lackAll(held: readonly string[], wanted: readonly string[]): readonly string[] | undefined {
  return wanted.every((item) => held.includes(item)) ? undefined : wanted;
}

/** @returns the wanted names, if none of them is held */
function lackOne(held: readonly string[], wanted: readonly string[]): readonly string[] | undefined {
  return wanted.some((item) => held.includes(item)) ? undefined : wanted;
}
