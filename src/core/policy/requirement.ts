import { isNameList, isRecord } from "../../base/common/objects.ts";
import { describeForeignScopeMistake } from "../config/scope.ts";
import { nameGroups } from "../token/identity.ts";
import { memberNames } from "./decision.ts";
import { type DescribeItem, describeContextMistake, members } from "./members.ts";
import type { MemberName, Requirement, Rule, RuleOptions } from "./rule.ts";

/** Checks of the items of lists for the tokens of some providers. A list without a check can have any items. */
export type ItemChecks = Readonly<Partial<Record<MemberName, DescribeItem>>>;

/** For tokens of any provider. */
export const ofAnyProvider: ItemChecks = {
  scopes: describeForeignScopeMistake,
  anyScope: describeForeignScopeMistake,
  acrs: describeContextMistake,
};

/**
 * Creates a requirement. It rejects a requirement that would admit every caller, or that no token could meet.
 *
 * @param options lists, and `kind` if the lists do not determine it
 * @param itemChecks for tokens of other providers; by default, those of the table, for tokens of Entra
 * @throws TypeError that names the unknown, empty, malformed or missing member
 */
export function createRequirement(options: RuleOptions, itemChecks?: ItemChecks): Requirement {
  checkShape(options);
  const mistake = findMistake(options, itemChecks);
  if (mistake !== undefined) throw new TypeError(mistake);
  const has = (name: MemberName) => options[name] !== undefined;
  const grants = memberNames.filter((name) => members[name].isGrant);
  const ofUsers = memberNames.filter((name) => members[name].isOfUsers);
  if (!grants.some(has)) throw new TypeError(`a requirement must have ${list(grants)}`);
  const isOfUser = ofUsers.some(has);
  const kind = options.kind ?? (isOfUser ? "user" : "app");
  if (kind === "app" && isOfUser) throw new TypeError(`a requirement of kind app must not have ${list(ofUsers)}`);
  return freezeRequirement([{ ...copyLists(options), kind }]);
}

/** @throws TypeError that names the member */
function checkShape(options: RuleOptions): void {
  if (!isRecord(options)) {
    throw new TypeError('a requirement must be an object with lists: { scopes: ["…"] }');
  }
  // The copy lacks these properties. Without this check a restriction could be lost.
  const inherited = memberNames.find((name) => name in options && !Object.keys(options).includes(name));
  if (inherited !== undefined) throw new TypeError(`${inherited} of a requirement must be an own enumerable property`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(members, name))
      throw new TypeError(
        `unknown member ${JSON.stringify(name)} of a requirement. Use one of ${memberNames.join(", ")}`,
      );
    const { choices } = members[name as MemberName];
    if (choices?.some((choice) => choice === value)) continue;
    if (choices) throw new TypeError(`${name} of a requirement must be "${choices.join('" or "')}"`);
    if (isNameList(value)) continue;
    throw new TypeError(`${name} of a requirement must be a non-empty list of strings: { ${name}: ["…"] }`);
  }
}

/** Explains why no token can meet a requirement of these lists. */
export function findMistake(rule: RuleOptions, itemChecks?: ItemChecks): string | undefined {
  for (const name of memberNames) {
    const items = rule[name];
    if (!isNameList(items)) continue;
    const { describeItem, describeList } = members[name];
    const describe = itemChecks === undefined ? describeItem : itemChecks[name];
    for (const item of items) {
      const mistake = describe?.(item);
      if (mistake !== undefined) return `${name} of a requirement has ${JSON.stringify(item)}, ${mistake}`;
    }
    const mistake = describeList?.(items);
    if (mistake !== undefined) return `${name} of a requirement ${mistake}`;
  }
  return undefined;
}

/** `a, b or c` */
function list(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
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
    Object.freeze(isNameList(value) ? [...value] : value),
  ]);
  return Object.fromEntries(copies);
}
