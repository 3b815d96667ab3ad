import * as limits from "../../common/limits.ts";
import type { GuardFacts } from "../../guard/facts.ts";
import type { Access, Requirement, Rule } from "../../policy/requirement.ts";
import { applicationScheme } from "../types/auth.ts";

/**
 * Security schemes with the required scopes or roles. A caller must meet all schemes of one object, and one object of
 * the list.
 */
export type Security = Readonly<Record<string, readonly string[]>>;

/** What a caller needs, and no security scheme can say. */
interface Extras {
  readonly "x-entra-roles"?: readonly string[];
  readonly "x-entra-groups"?: readonly string[];
  readonly "x-entra-any-group"?: readonly string[];
  readonly "x-entra-acrs"?: readonly string[];
  readonly "x-entra-agent"?: "only" | "never";
}

/** Who may call, as members of an Operation Object. An extension concerns all entries, or those with a scheme. */
export interface DescribedSecurity {
  readonly security: readonly Security[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The scheme for users, unless a route's `auth.scheme` has another name. */
export const userScheme = "oauth2";
/** The scheme for all callers if the guard is not Entra's. OpenAPI 3.1 allows roles in schemes other than OAuth. */
export const foreignScheme = "bearer";

/** The requirement for principals of one kind. */
interface Alternative {
  readonly kind: Rule["kind"];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly anyGroup: readonly string[] | undefined;
  readonly acrs: readonly string[];
  readonly agent: Rule["agent"];
}

/** The requirements that all callers of a route must meet; empty if the route is public. */
export function listRequirements({ kind, ...access }: Access, facts: GuardFacts | undefined): readonly Requirement[] {
  if ("requirements" in access) return access.requirements;
  return kind === "default" && facts?.defaultRequirement !== undefined ? [facts.defaultRequirement] : [];
}

/**
 * Describes who may call. A public route needs nothing. A route that allows no caller requires sign-in, because an empty
 * list would mean that it is public. So does a route with too many alternatives, whose description says what it requires.
 *
 * @param reportGap called if there are too many alternatives
 * @param scheme of users
 * @param nameScope returns the full name of a scope; `undefined` if the guard is not Entra's
 */
export function describeSecurity(
  access: Access,
  facts: GuardFacts | undefined,
  scheme: string,
  nameScope: ((scope: string) => string) | undefined,
  reportGap: () => void,
): DescribedSecurity {
  if (access.kind === "public") return { security: [], extensions: {} };
  const found = listAllAlternatives(listRequirements(access, facts));
  if (found === undefined) {
    reportGap();
    return { security: distinct([], nameScope === undefined ? foreignScheme : scheme), extensions: {} };
  }
  if (nameScope === undefined) {
    const entries = found.map(({ kind, scopes, roles }) => ({ [foreignScheme]: kind === "user" ? scopes : roles }));
    return { security: distinct(entries, foreignScheme), extensions: {} };
  }
  const bases = { user: scheme, app: applicationScheme };
  /** Schemes by what they need in addition: a second one of a kind has another name. */
  const schemes = new Map<string, { readonly name: string; readonly extras: Extras }>();
  const entries = found.map((alternative): Security => {
    const { kind, scopes, roles } = alternative;
    const extras = listExtras(alternative);
    const key = JSON.stringify([kind, extras]);
    const number = [...schemes.keys()].filter((each) => each.startsWith(`["${kind}"`)).length + 1;
    const name = schemes.get(key)?.name ?? (number === 1 ? bases[kind] : `${bases[kind]}-${number}`);
    schemes.set(key, { name, extras });
    // A list without names would mean that any token is enough.
    const names = kind === "app" ? roles : (scopes.length > 0 ? scopes : [".default"]).map(nameScope);
    return { [name]: names };
  });
  return { security: distinct(entries, scheme), extensions: listExtensions([...schemes.values()]) };
}

function distinct(entries: readonly Security[], scheme: string): readonly Security[] {
  const found = new Map(entries.map((security) => [JSON.stringify(security), security]));
  return found.size > 0 ? [...found.values()] : [{ [scheme]: [] }];
}

function listExtras({ kind, roles, groups, anyGroup, acrs, agent }: Alternative): Extras {
  return {
    ...(kind === "user" && roles.length > 0 && { "x-entra-roles": roles }),
    ...(groups.length > 0 && { "x-entra-groups": groups }),
    ...(anyGroup && { "x-entra-any-group": anyGroup }),
    ...(acrs.length > 0 && { "x-entra-acrs": acrs }),
    ...(agent && { "x-entra-agent": agent }),
  };
}

/** An extension that all schemes have with one value concerns all entries. Otherwise it names the schemes. */
function listExtensions(schemes: readonly { readonly name: string; readonly extras: Extras }[]) {
  const names = ["x-entra-roles", "x-entra-groups", "x-entra-any-group", "x-entra-acrs", "x-entra-agent"] as const;
  return Object.fromEntries(
    names.flatMap((extension) => {
      const values = schemes.map(({ name, extras }) => [name, extras[extension]] as const);
      const present = values.filter(([, value]) => value !== undefined);
      const isShared = new Set(values.map(([, value]) => JSON.stringify(value))).size === 1;
      if (present.length === 0) return [];
      return [[extension, isShared ? present[0]?.[1] : Object.fromEntries(present)]];
    }),
  );
}

/**
 * Lists the alternatives of a route, whose caller must meet all requirements.
 *
 * @returns `undefined` if there are too many
 */
function listAllAlternatives([first, ...others]: readonly Requirement[]): readonly Alternative[] | undefined {
  if (first === undefined) return [];
  let found = collect(listAlternatives(first));
  for (const requirement of others) {
    const more = collect(listAlternatives(requirement));
    if (found === undefined || more === undefined) return undefined;
    found = collect(combine(found, more));
  }
  return found;
}

/** Two lists of choices multiply, so the number of alternatives is bounded while they are listed. */
function collect(alternatives: Iterable<Alternative>): readonly Alternative[] | undefined {
  const found: Alternative[] = [];
  for (const alternative of alternatives) {
    if (found.length === limits.operationAlternatives) return undefined;
    found.push(alternative);
  }
  return found;
}

function* listAlternatives({ anyOf }: Requirement): Generator<Alternative> {
  for (const { kind, scopes, anyScope, roles, anyRole, groups = [], anyGroup, acrs = [], agent } of anyOf) {
    for (const wanted of listChoices(scopes, anyScope)) {
      for (const needed of listChoices(roles, anyRole)) {
        yield { kind, scopes: wanted, roles: needed, groups, anyGroup, acrs, agent };
      }
    }
  }
}

/** All of one list, with each of the other. */
function* listChoices(all: readonly string[] = [], any?: readonly string[]): Generator<readonly string[]> {
  if (any === undefined) yield all;
  else for (const one of any) yield merge(all, [one]);
}

const merge = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];

/** A principal must meet the requirements of the group and of the route. */
function* combine(left: readonly Alternative[], right: readonly Alternative[]): Generator<Alternative> {
  for (const one of left) {
    for (const other of right) {
      const isAgentPossible = one.agent === undefined || other.agent === undefined || one.agent === other.agent;
      if (one.kind !== other.kind || !isAgentPossible) continue;
      for (const { anyGroup, chosen } of combineChoices(one.anyGroup, other.anyGroup)) {
        yield {
          kind: one.kind,
          scopes: merge(one.scopes, other.scopes),
          roles: merge(one.roles, other.roles),
          groups: merge(merge(one.groups, other.groups), chosen),
          anyGroup,
          acrs: merge(one.acrs, other.acrs),
          agent: one.agent ?? other.agent,
        };
      }
    }
  }
}

/**
 * An alternative has one list of choices. Who is in a group of a list is in one of each longer list that contains it.
 * Of two other lists, one becomes an alternative for each group.
 */
function combineChoices(one: readonly string[] | undefined, other: readonly string[] | undefined) {
  if (one === undefined || other === undefined) return [{ anyGroup: one ?? other, chosen: [] }];
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  if (shorter.every((group) => longer.includes(group))) return [{ anyGroup: shorter, chosen: [] }];
  return other.map((group) => ({ anyGroup: one, chosen: [group] }));
}

/** Describes a requirement in words, with applications and tenants, which the document does not name. */
export function describeNeeds(requirements: readonly Requirement[]): string {
  return requirements.map(({ anyOf }) => anyOf.map(describeRule).join(", or ")).join("; and ");
}

function describeRule(rule: Rule): string {
  const { kind, scopes, anyScope, roles, anyRole, groups, anyGroup, acrs, clients, tenants, agent } = rule;
  const needs = [
    scopes && `scope ${scopes.join(" ")}`,
    anyScope && `one of the scopes ${anyScope.join(" ")}`,
    roles && `role ${roles.join(" ")}`,
    anyRole && `one of the roles ${anyRole.join(" ")}`,
    groups && `group ${groups.join(" ")}`,
    anyGroup && `one of the groups ${anyGroup.join(" ")}`,
    acrs && `authentication context ${acrs.join(" ")}`,
    // The document does not name them, because its readers do not need them.
    clients && "a certain application",
    tenants && "a certain tenant",
    agent && (agent === "only" ? "the mark of an agent" : "no mark of an agent"),
  ].filter((need) => need !== undefined);
  return `${kind === "user" ? "a user" : "an application"} with ${needs.join(", ")}`;
}
