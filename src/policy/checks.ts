import type { Denial, ScopedReason } from "../common/denial.ts";
import type { Identity } from "../token/identity.ts";
import { listAuthorities, type MemberName, type Rule } from "./rule.ts";

/** What a caller lacks, or `undefined`. */
export type Check = (identity: Identity) => Denial | undefined;

/**
 * Creates the check of a rule.
 *
 * @param scopes of the rule, which a challenge lists
 * @returns `undefined` if the rule has no member that needs the check
 */
type CreateCheck = (rule: Rule, scopes: readonly string[]) => Check | undefined;

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
  tenants: ({ tenants }, scopes) =>
    tenants && unless("tenant_not_allowed_here", scopes, ({ tid }) => tenants.includes(tid)),
  clients: ({ clients }, scopes) => clients && unless("client_not_allowed", scopes, ({ azp }) => clients.includes(azp)),
  agent: ({ agent: wanted }, scopes) =>
    wanted && unless("agent_not_allowed", scopes, ({ agent }) => (wanted === "only") === (agent !== undefined)),
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
export const checks: readonly CreateCheck[] = [...new Set(Object.values(checksByMember))];

function unless(reason: ScopedReason, scopes: readonly string[], holds: (identity: Identity) => boolean): Check {
  const denial = { reason, scopes };
  return (identity) => (holds(identity) ? undefined : denial);
}

function checkScopes({ scopes: all, anyScope }: Rule): Check | undefined {
  if ((all ?? anyScope) === undefined) return undefined;
  return ({ scopes: held }) => {
    const scopes = lackAll(held, all) ?? lackOne(held, anyScope);
    return scopes && { reason: "scope_missing", scopes };
  };
}

function checkRoles({ roles: all, anyRole: any }: Rule, scopes: readonly string[]): Check | undefined {
  if ((all ?? any) === undefined) return undefined;
  return ({ roles: held }) => {
    const roles = lackAll(held, all);
    const anyRole = lackOne(held, any);
    return roles || anyRole ? { reason: "role_missing", scopes, roles, anyRole } : undefined;
  };
}

function checkGroups({ groups: all, anyGroup: any }: Rule, scopes: readonly string[]): Check | undefined {
  if ((all ?? any) === undefined) return undefined;
  return ({ groups: held, groupsLack }) => {
    if (groupsLack !== undefined) return { reason: groupsLack, scopes };
    const groups = lackAll(held, all);
    const anyGroup = lackOne(held, any);
    return groups || anyGroup ? { reason: "group_missing", scopes, groups, anyGroup } : undefined;
  };
}

function checkContexts({ acrs }: Rule, scopes: readonly string[]): Check | undefined {
  if (acrs === undefined) return undefined;
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

type Names = readonly string[] | undefined;

/** @returns the wanted names, if not all of them are held */
function lackAll(held: readonly string[], wanted: Names): Names {
  return wanted?.every((item) => held.includes(item)) ? undefined : wanted;
}

/** @returns the wanted names, if none of them is held */
function lackOne(held: readonly string[], wanted: Names): Names {
  return wanted?.some((item) => held.includes(item)) ? undefined : wanted;
}
