import type { Denial } from "../common/denial.ts";
import { describeGroupListMistake, describeGroupMistake } from "../config/group.ts";
import { isGuid } from "../config/guid.ts";
import { describeScopeMistake } from "../config/scope.ts";
import type { Identity } from "../token/identity.ts";
import type { Rule, RuleOptions } from "./rule.ts";

export type MemberName = keyof RuleOptions;

/** Explains why no token has an item of a list: a clause about the item, or `undefined`. */
export type DescribeItem = (item: string) => string | undefined;

/** What a caller lacks, or `undefined`. */
export type Check = (identity: Identity) => Denial | undefined;

/**
 * Creates the check of a rule.
 *
 * @param scopes of the rule, which a challenge lists
 * @returns `undefined` if the rule has no member that needs the check
 */
type CreateCheck = (rule: Rule, scopes: readonly string[]) => Check | undefined;

/** One member of a requirement. */
interface Member {
  /** Its values, if it is a choice. Otherwise it is a list of strings. */
  readonly choices?: readonly string[];
  /** Whether it restricts callers enough without another member. */
  readonly isGrant?: true;
  /** Whether only tokens of users can have it. */
  readonly isOfUsers?: true;
  readonly describeItem?: DescribeItem;
  /** Explains why no token can meet the list: a clause about the list, or `undefined`. */
  readonly describeList?: (items: readonly string[]) => string | undefined;
  /** Members that one denial describes have the same check. */
  readonly createCheck: CreateCheck;
}

/**
 * The members of a requirement, in the order in which the policy checks them. A member that is missing here does not compile.
 * A claims challenge is checked last, so it is only sent if nothing else is missing.
 */
export const members: Readonly<Record<MemberName, Member>> = {
  kind: { choices: ["user", "app"], createCheck: createKindCheck },
  tenants: { describeItem: describeIdMistake, createCheck: createTenantCheck },
  clients: { describeItem: describeIdMistake, createCheck: createClientCheck },
  agent: { choices: ["only", "never"], createCheck: createAgentCheck },
  scopes: { isGrant: true, isOfUsers: true, describeItem: describeScopeMistake, createCheck: createScopesCheck },
  anyScope: { isGrant: true, isOfUsers: true, describeItem: describeScopeMistake, createCheck: createScopesCheck },
  roles: { isGrant: true, describeItem: describeRoleMistake, createCheck: createRolesCheck },
  anyRole: { isGrant: true, describeItem: describeRoleMistake, createCheck: createRolesCheck },
  groups: {
    isOfUsers: true,
    describeItem: describeGroupMistake,
    describeList: describeGroupListMistake,
    createCheck: createGroupsCheck,
  },
  anyGroup: {
    isOfUsers: true,
    describeItem: describeGroupMistake,
    describeList: describeGroupListMistake,
    createCheck: createGroupsCheck,
  },
  acrs: { isOfUsers: true, describeItem: describeContextMistake, createCheck: createContextsCheck },
};

/** Names of all members, in the order of the table. */
export const memberNames = Object.keys(members) as readonly MemberName[];

/** Writes a requirement with the member: `requireAuth({ scopes: […] })`. */
export function writeExample(name: MemberName): string {
  const [choice] = members[name].choices ?? [];
  return `requireAuth({ ${name}: ${choice === undefined ? "[…]" : JSON.stringify(choice)} })`;
}

/** All kinds of checks, in their order. */
export const checks: readonly CreateCheck[] = [
  ...new Set(Object.values(members).map(({ createCheck }) => createCheck)),
];

function createKindCheck({ kind }: Rule, scopes: readonly string[]): Check {
  const denial = { reason: "kind_not_allowed", scopes } as const;
  return (identity) => (identity.kind === kind ? undefined : denial);
}

function createTenantCheck({ tenants }: Rule, scopes: readonly string[]): Check | undefined {
  const denial = { reason: "tenant_not_allowed_here", scopes } as const;
  return tenants && (({ tid }) => (tenants.includes(tid) ? undefined : denial));
}

function createClientCheck({ clients }: Rule, scopes: readonly string[]): Check | undefined {
  const denial = { reason: "client_not_allowed", scopes } as const;
  return clients && (({ azp }) => (clients.includes(azp) ? undefined : denial));
}

function createAgentCheck({ agent: wanted }: Rule, scopes: readonly string[]): Check | undefined {
  const denial = { reason: "agent_not_allowed", scopes } as const;
  return wanted && (({ agent }) => ((wanted === "only") === (agent !== undefined) ? undefined : denial));
}

function createScopesCheck({ scopes: all, anyScope }: Rule): Check | undefined {
  if (all === undefined && anyScope === undefined) return undefined;
  return ({ scopes: held }) => {
    const scopes = lackAll(held, all) ?? lackOne(held, anyScope);
    return scopes && { reason: "scope_missing", scopes };
  };
}

function createRolesCheck({ roles: all, anyRole: any }: Rule, scopes: readonly string[]): Check | undefined {
  if (all === undefined && any === undefined) return undefined;
  return ({ roles: held }) => {
    const roles = lackAll(held, all);
    const anyRole = lackOne(held, any);
    return roles || anyRole ? { reason: "role_missing", scopes, roles, anyRole } : undefined;
  };
}

function createGroupsCheck({ groups: all, anyGroup: any }: Rule, scopes: readonly string[]): Check | undefined {
  if (all === undefined && any === undefined) return undefined;
  return ({ groups: held, groupsLack }) => {
    if (groupsLack !== undefined) return { reason: groupsLack, scopes };
    const groups = lackAll(held, all);
    const anyGroup = lackOne(held, any);
    return groups || anyGroup ? { reason: "group_missing", scopes, groups, anyGroup } : undefined;
  };
}

function createContextsCheck({ acrs }: Rule, scopes: readonly string[]): Check | undefined {
  return (
    acrs &&
    ((identity) => {
      const context = acrs.find((wanted) => !identity.contexts.includes(wanted));
      if (context === undefined) return undefined;
      const challengeable = isChallengeable(identity);
      return { reason: "authentication_context_missing", scopes, context, challengeable };
    })
  );
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

function describeRoleMistake(role: string): string | undefined {
  return role.includes("*") ? "but wildcards are not supported" : undefined;
}

function describeIdMistake(id: string): string | undefined {
  const lower = id.toLowerCase();
  if (!isGuid(lower)) return "which is not a GUID";
  return lower === id ? undefined : `which must be in lower case: ${JSON.stringify(lower)}`;
}

/** Explains why a text is no authentication context of Entra. */
export function describeContextMistake(context: string): string | undefined {
  return /^c[1-9]\d?$/.test(context) ? undefined : "which is not an authentication context from c1 to c99";
}
