import { defaultAuthority } from "../../base/common/authority-name.ts";
import { memberNames } from "./decision.ts";
import { listAuthorities, type MemberName, type Requirement, type Rule } from "./rule.ts";

/**
 * What one kind of caller needs, without a choice among authorities, scopes or roles. Without `from`, the authority is
 * `default`.
 */
export type Alternative = Omit<Rule, "anyScope" | "anyRole">;

/**
 * Lists the alternatives of a route, whose caller must meet all requirements with one of them.
 *
 * @param maximum of alternatives: two lists of choices multiply
 * @returns `undefined` if there are more
 */
export function listAlternatives(
  [first, ...others]: readonly Requirement[],
  maximum: number,
): readonly Alternative[] | undefined {
  if (first === undefined) return [];
  let found = collect(expand(first), maximum);
  for (const requirement of others) {
    const more = collect(expand(requirement), maximum);
    if (found === undefined || more === undefined) return undefined;
    found = collect(combine(found, more), maximum);
  }
  return found;
}

function collect(alternatives: Iterable<Alternative>, maximum: number): readonly Alternative[] | undefined {
  const found: Alternative[] = [];
  for (const alternative of alternatives) {
    if (found.length === maximum) return undefined;
    found.push(alternative);
  }
  return found;
}

function* expand({ anyOf }: Requirement): Generator<Alternative> {
  for (const { scopes, anyScope, roles, anyRole, ...others } of anyOf.flatMap(divideByAuthority)) {
    for (const wanted of listChoices("scopes", scopes, anyScope)) {
      for (const needed of listChoices("roles", roles, anyRole)) yield { ...others, ...wanted, ...needed };
    }
  }
}

function divideByAuthority(rule: Rule): readonly Rule[] {
  const { from: _, ...others } = rule;
  return listAuthorities(rule).map((name) => ({ ...others, ...(name !== defaultAuthority && { from: [name] }) }));
}

/** All of one list, with each of the other. */
function* listChoices(name: "scopes" | "roles", all: Names, any: Names): Generator<Partial<Rule>> {
  if (any === undefined) yield { ...(all && { [name]: all }) };
  else for (const one of any) yield { [name]: unite(all, [one]) };
}

/** A caller must meet one alternative of each list. */
function* combine(left: readonly Alternative[], right: readonly Alternative[]): Generator<Alternative> {
  for (const one of left) {
    for (const other of right) {
      let joined: readonly Partial<Rule>[] = [{}];
      for (const name of memberNames) {
        const choices = joins[name](one, other);
        joined = joined.flatMap((known) => choices.map((choice) => extend(known, choice)));
      }
      yield* joined as readonly Alternative[];
    }
  }
}

function extend(known: Partial<Rule>, choice: Partial<Rule>): Partial<Rule> {
  const groups = unite(known.groups, choice.groups);
  return { ...known, ...choice, ...(groups && { groups }) };
}

/** What a caller needs who meets two alternatives: a list of choices, which is empty if no caller meets both. */
type Join = (one: Rule, other: Rule) => readonly Partial<Rule>[];

/** A member that is missing here does not compile. */
const joins: Readonly<Record<MemberName, Join>> = {
  from: (one, other) => {
    if (one.from?.[0] !== other.from?.[0]) return [];
    return [one.from === undefined ? {} : { from: one.from }];
  },
  kind: (one, other) => (one.kind === other.kind ? [{ kind: one.kind }] : []),
  tenants: joinLists("tenants", intersect),
  clients: joinLists("clients", intersect),
  agent: ({ agent: one }, { agent: other }) => {
    const agent = one ?? other;
    if (agent === undefined) return [{}];
    return (other ?? agent) === agent ? [{ agent }] : [];
  },
  scopes: joinLists("scopes", unite),
  anyScope: () => [{}],
  roles: joinLists("roles", unite),
  anyRole: () => [{}],
  groups: joinLists("groups", unite),
  anyGroup: joinGroupChoices,
  acrs: joinLists("acrs", unite),
};

type Names = readonly string[] | undefined;
type ListName = "tenants" | "clients" | "scopes" | "roles" | "groups" | "acrs";

function joinLists(name: ListName, join: (one: Names, other: Names) => Names): Join {
  return (one, other) => {
    const names = join(one[name], other[name]);
    if (names?.length === 0) return [];
    return [names === undefined ? {} : { [name]: names }];
  };
}

function unite(one: Names, other: Names): Names {
  return one && other ? [...new Set([...one, ...other])] : (one ?? other);
}

function intersect(one: Names, other: Names): Names {
  return one && other ? one.filter((name) => other.includes(name)) : (one ?? other);
}

/**
 * Joins two lists of choices among groups, because an alternative has only one. If the longer list contains the shorter
 * one, the shorter one is enough. Otherwise, one list stays, and each group of the other one becomes an alternative.
 */
function joinGroupChoices({ anyGroup: one }: Rule, { anyGroup: other }: Rule): readonly Partial<Rule>[] {
  if (one === undefined || other === undefined) {
    const anyGroup = one ?? other;
    return [anyGroup === undefined ? {} : { anyGroup }];
  }
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  if (shorter.every((group) => longer.includes(group))) return [{ anyGroup: shorter }];
  return other.map((group) => ({ anyGroup: one, groups: [group] }));
}
