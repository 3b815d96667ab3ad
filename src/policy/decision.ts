import { defaultAuthority } from "../common/authority-name.ts";
import type { Denial, ScopedReason } from "../common/denial.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import type { Identity } from "../token/identity.ts";
import { type Access, fromDefault, listAuthorities, type MemberName, type Requirement, type Rule } from "./rule.ts";

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
  const needed = new Set<CreateCheck>();
  for (const name of memberNames) {
    // A rule without `from` admits only `default`, and one without `kind` nobody.
    if (name === "from" || name === "kind" || rule[name] !== undefined) needed.add(checksByMember[name]);
  }
  return [...needed].map((createCheck) => ({ rank: checks.indexOf(createCheck), check: createCheck(rule, scopes) }));
}

/** What a caller lacks, or `undefined`. */
type Check = (identity: Identity) => Denial | undefined;

/**
 * Creates the check of a member that a rule has.
 *
 * @param scopes of the rule, which a challenge lists
 */
type CreateCheck = (rule: Rule, scopes: readonly string[]) => Check;

/**
 * The checks of each member, in their order. Members that one denial describes have the same check. A member that is
 * missing here does not compile. A claims challenge is checked last, so it is only sent if nothing else is missing.
 */
const checksByMember: Readonly<Record<MemberName, CreateCheck>> = {
  from: (rule, scopes) => {
    const from = listAuthorities(rule);
    return unless("authority_not_allowed", scopes, ({ authority }) => from.includes(authority));
  },
  kind: ({ kind: wanted }, scopes) => unless("kind_not_allowed", scopes, ({ kind }) => kind === wanted),
  tenants: ({ tenants = [] }, scopes) => unless("tenant_not_allowed_here", scopes, ({ tid }) => tenants.includes(tid)),
  clients: ({ clients = [] }, scopes) => unless("client_not_allowed", scopes, ({ azp }) => clients.includes(azp)),
  agent: ({ agent: wanted }, scopes) =>
    unless("agent_not_allowed", scopes, ({ agent }) => (wanted === "only") === (agent !== undefined)),
  scopes: checkScopes,
  anyScope: checkScopes,
  roles: checkRoles,
  anyRole: checkRoles,
  groups: checkGroups,
  anyGroup: checkGroups,
  acrs: checkContexts,
};

/** Names of all members, in the order of their checks. */
export const memberNames = Object.keys(checksByMember) as readonly MemberName[];

/** All checks, in their order. */
const checks: readonly CreateCheck[] = [...new Set(Object.values(checksByMember))];

function unless(reason: ScopedReason, scopes: readonly string[], holds: (identity: Identity) => boolean): Check {
  const denial = { reason, scopes };
  return (identity) => (holds(identity) ? undefined : denial);
}

function checkScopes({ scopes: all, anyScope }: Rule): Check {
  return ({ scopes: held }) => {
    const scopes = (all && lackAll(held, all)) ?? (anyScope && lackOne(held, anyScope));
    return scopes && { reason: "scope_missing", scopes };
  };
}

function checkRoles({ roles: all, anyRole: any }: Rule, scopes: readonly string[]): Check {
  return ({ roles: held }) => {
    const roles = all && lackAll(held, all);
    const anyRole = any && lackOne(held, any);
    return roles || anyRole ? { reason: "role_missing", scopes, roles, anyRole } : undefined;
  };
}

function checkGroups({ groups: all, anyGroup: any }: Rule, scopes: readonly string[]): Check {
  return ({ groups: held, groupsLack }) => {
    if (groupsLack !== undefined) return { reason: groupsLack, scopes };
    const groups = all && lackAll(held, all);
    const anyGroup = any && lackOne(held, any);
    return groups || anyGroup ? { reason: "group_missing", scopes, groups, anyGroup } : undefined;
  };
}

function checkContexts({ acrs = [] }: Rule, scopes: readonly string[]): Check {
  return (identity) => {
    const context = acrs.find((wanted) => !identity.contexts.includes(wanted));
    if (context === undefined) return undefined;
    const challengeable = isChallengeable(identity);
    return { reason: "authentication_context_missing", scopes, context, challengeable };
  };
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
