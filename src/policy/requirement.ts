import type { Denial } from "../common/denial.ts";
import { isRecord } from "../common/objects.ts";
import { describeGroupListMistake, describeGroupMistake } from "../config/group.ts";
import { isGuid } from "../config/guid.ts";
import { describeForeignScopeMistake, describeScopeMistake } from "../config/scope.ts";
import type { PrincipalKind } from "../token/claims.ts";
import { nameGroups } from "../token/named-groups.ts";

/**
 * The requirement of a route in code. All members must hold. One of `scopes`, `anyScope`, `roles` and `anyRole` is
 * required.
 */
export interface RuleOptions {
  /** `user` for delegated tokens, `app` for app-only tokens. Default: `app` if only roles are listed, else `user`. */
  readonly kind?: PrincipalKind;
  /** All of these delegated permissions. */
  readonly scopes?: readonly string[];
  /** At least one of these delegated permissions. */
  readonly anyScope?: readonly string[];
  /** All of these app roles. */
  readonly roles?: readonly string[];
  /** At least one of these app roles. */
  readonly anyRole?: readonly string[];
  /** All of these groups: up to 100 object IDs in lower case. For users only. */
  readonly groups?: readonly string[];
  /** At least one of these groups: up to 100 object IDs in lower case. For users only. */
  readonly anyGroup?: readonly string[];
  /** One of these client applications (GUIDs). */
  readonly clients?: readonly string[];
  /** One of these tenants (GUIDs), in addition to the configuration's allowlist. */
  readonly tenants?: readonly string[];
  /** All of these authentication contexts, `c1` to `c99` (Microsoft, "Conditional Access authentication context"). */
  readonly acrs?: readonly string[];
  /**
   * `only` refuses callers without the markers of an agent, and `never` those with them. The markers are optional
   * claims, so an agent without them looks like any other client.
   */
  readonly agent?: "only" | "never";
}

/** What a principal of one kind must have. All members must hold. Only `kind` is always present. */
export interface Rule extends RuleOptions {
  /** `user` for delegated tokens, `app` for app-only tokens. */
  readonly kind: PrincipalKind;
}

/**
 * The requirement of a route, as data that OpenAPI, `explain` and the policy read. A principal must satisfy one of the
 * rules. The list is never empty.
 */
export interface Requirement {
  /** Rules, one of which a principal must satisfy. */
  readonly anyOf: readonly [Rule, ...Rule[]];
}

/**
 * Who may call a route: anyone, callers that meet the default requirement, or callers that meet all requirements of the
 * route.
 */
export type RouteAccess =
  | { readonly kind: "public" | "default" }
  | { readonly kind: "required"; readonly requirements: readonly [Requirement, ...Requirement[]] };

/** Who may call. */
export type Access =
  | RouteAccess
  /** Callers with a valid token. The requirement is checked elsewhere. */
  | { readonly kind: "authenticated" }
  /** No caller, because there is no route, or no requirement for what a message names. */
  | { readonly kind: "closed"; readonly denial: Denial; readonly isReportable: boolean }
  /** No caller, and callers learn it without authentication. Nothing is recorded. */
  | { readonly kind: "absent" };

const authenticationContext = /^c[1-9]\d?$/;
const choices: Readonly<Record<string, readonly unknown[] | undefined>> = {
  kind: ["user", "app"],
  agent: ["only", "never"],
};
const members = [
  "kind",
  "scopes",
  "anyScope",
  "roles",
  "anyRole",
  "groups",
  "anyGroup",
  "clients",
  "tenants",
  "acrs",
  "agent",
];

/**
 * Creates a requirement. It rejects a requirement that would admit every caller, or that no token could meet.
 *
 * @param options lists, and `kind` if the lists do not determine it
 * @param checks of the items; those of Entra, unless tokens of another provider may have to meet the requirement
 * @throws TypeError that names the unknown, empty, malformed or missing member
 */
export function createRequirement(options: RuleOptions, checks: ItemChecks = ofEntra): Requirement {
  checkLists(options);
  const mistake = findMistake(options, checks);
  if (mistake !== undefined) throw new TypeError(mistake);
  const { scopes, anyScope, roles, anyRole, groups, anyGroup, acrs } = options;
  if (acrs && !acrs.every((context) => authenticationContext.test(context))) {
    throw new TypeError("acrs of a requirement must be authentication contexts from c1 to c99");
  }
  if (!scopes && !anyScope && !roles && !anyRole) {
    throw new TypeError("a requirement must have scopes, anyScope, roles or anyRole");
  }
  const delegated = scopes ?? anyScope ?? acrs ?? groups ?? anyGroup;
  const kind = options.kind ?? (delegated ? "user" : "app");
  if (kind === "app" && delegated)
    throw new TypeError("a requirement of kind app must not have scopes, anyScope, acrs, groups or anyGroup");
  return freezeRequirement([{ ...copyLists(options), kind }]);
}

/** @throws TypeError that names the member */
function checkLists(options: RuleOptions): void {
  if (!isRecord(options)) {
    throw new TypeError('a requirement must be an object with lists: { scopes: ["…"] }');
  }
  // The copy lacks these properties. Without this check a restriction could be lost.
  const inherited = members.find((name) => name in options && !Object.keys(options).includes(name));
  if (inherited !== undefined) throw new TypeError(`${inherited} of a requirement must be an own enumerable property`);
  for (const [name, value] of Object.entries(options)) {
    if (!members.includes(name))
      throw new TypeError(`unknown member ${JSON.stringify(name)} of a requirement. Use one of ${members.join(", ")}`);
    const words = choices[name];
    if (words?.includes(value)) continue;
    if (words) throw new TypeError(`${name} of a requirement must be "${words.join('" or "')}"`);
    if (isList(value)) continue;
    throw new TypeError(`${name} of a requirement must be a non-empty list of strings: { ${name}: ["…"] }`);
  }
}

/** Explains why no token can meet a requirement of these lists. */
export function findMistake(rule: RuleOptions, checks: ItemChecks = ofEntra): string | undefined {
  for (const [name, check] of Object.entries(checks)) {
    for (const item of rule[name as keyof ItemChecks] ?? []) {
      const mistake = check(item);
      if (mistake !== undefined) return `${name} of a requirement has ${JSON.stringify(item)}, ${mistake}`;
    }
  }
  for (const name of ["groups", "anyGroup"] as const) {
    const mistake = describeGroupListMistake(rule[name]);
    if (mistake !== undefined) return `${name} of a requirement ${mistake}`;
  }
  return undefined;
}

/** Explains why no token has an item of a list: a clause about the item, or `undefined`. */
type ItemChecks = Readonly<
  Partial<Record<Exclude<keyof Rule, "kind" | "agent" | "acrs">, (item: string) => string | undefined>>
>;

const ofEntra: ItemChecks = {
  scopes: describeScopeMistake,
  anyScope: describeScopeMistake,
  roles: describeRoleMistake,
  anyRole: describeRoleMistake,
  groups: describeGroupMistake,
  anyGroup: describeGroupMistake,
  clients: describeIdMistake,
  tenants: describeIdMistake,
};

/** For tokens of any provider. */
export const ofAnyProvider: ItemChecks = { scopes: describeForeignScopeMistake, anyScope: describeForeignScopeMistake };

function describeRoleMistake(role: string): string | undefined {
  return role.includes("*") ? "but wildcards are not supported" : undefined;
}

function describeIdMistake(id: string): string | undefined {
  const lower = id.toLowerCase();
  if (!isGuid(lower)) return "which is not a GUID";
  return lower === id ? undefined : `which must be in lower case: ${JSON.stringify(lower)}`;
}

/** All requirements of this isolate. Each was checked when it was created, and is frozen. */
const created = new WeakSet<Requirement>();

/**
 * Checks that this module created a requirement. Code could write one that admits every caller.
 *
 * @throws TypeError if it did not
 */
export function checkRequirement(requirement: Requirement): Requirement {
  if (created.has(requirement)) return requirement;
  throw new TypeError("a requirement must be the result of requireAuth(…) or anyOf(…)");
}

/**
 * Combines requirements: a caller must satisfy one of them, for example with a delegated or an app-only token.
 *
 * @throws TypeError if there is no requirement, or {@link checkRequirement} rejects one
 */
export function combineRequirements(requirements: readonly Requirement[]): Requirement {
  return freezeRequirement(requirements.flatMap((requirement) => checkRequirement(requirement).anyOf));
}

/**
 * Creates the default requirement from ENTRA_REQUIRED_SCOPE, ENTRA_REQUIRED_GROUP and ENTRA_REQUIRED_ROLE, which the
 * configuration has already checked. Groups restrict the users that the scopes admit.
 *
 * @returns `undefined` if neither scopes nor roles are set
 */
export function defaultRequirement(lists: DefaultLists): Requirement | undefined {
  const { requiredScopes: scopes, requiredRoles: roles, requiredGroups: groups } = lists;
  const ofGroups = groups.length > 0 && { anyGroup: Object.freeze([...groups]) };
  const rules: readonly Rule[] = [
    ...(scopes.length > 0 ? [{ kind: "user", scopes: Object.freeze([...scopes]), ...ofGroups } as const] : []),
    ...(roles.length > 0 ? [{ kind: "app", anyRole: Object.freeze([...roles]) } as const] : []),
  ];
  return rules.length > 0 ? freezeRequirement(rules) : undefined;
}

/** The variables of the default requirement; empty lists if they are not set. */
export interface DefaultLists {
  readonly requiredScopes: readonly string[];
  readonly requiredRoles: readonly string[];
  readonly requiredGroups: readonly string[];
}

function freezeRequirement(rules: readonly Rule[]): Requirement {
  if (rules.length === 0) throw new TypeError("anyOf must have at least one requireAuth(…)");
  const requirement = Object.freeze({ anyOf: Object.freeze(rules.map(Object.freeze)) }) as unknown as Requirement;
  for (const { groups = [], anyGroup = [] } of rules) nameGroups([...groups, ...anyGroup]);
  created.add(requirement);
  return requirement;
}

/** The caller may change its own lists later. */
function copyLists(options: RuleOptions): RuleOptions {
  const copies = Object.entries(options).map(([name, value]) => [
    name,
    Object.freeze(isList(value) ? [...value] : value),
  ]);
  return Object.fromEntries(copies);
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item !== "");
}
