import { describeCause } from "../../src/cli-exports/common.ts";
import {
  createRequirement,
  defaultAuthority,
  describeScopeMistake,
  extensions,
  members,
  type Rule,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { isRecord, isTextList } from "../../src/cli-exports/text.ts";
import { type Api, shortenName } from "./authority.ts";
import { type Extensions, type Extras, entriesMaximum, findExtras, nameRepair, neverGranted } from "./extensions.ts";
import { type Faults, memberOf, membersOf, type Place } from "./fault.ts";
import type { FindScheme, Scheme } from "./schemes.ts";

/** Who may call an operation: anyone, or callers that meet one of the rules. */
export type Security = "public" | readonly Rule[];

/** What the reader of requirements knows. */
export interface SecuritySources {
  readonly api: Api;
  readonly findScheme: FindScheme;
  /** Schemes that the origin checks; those that were used are added to `originChecksUsed`. */
  readonly originChecks: ReadonlySet<string> | "any";
  readonly originChecksUsed: Set<string>;
  /** Scopes of users where a bearer scheme has an empty list; empty if that is a fault. */
  readonly bearerScopes: readonly string[];
  /** Records that `bearerScopes` were used. */
  readonly useBearerScopes: () => void;
  readonly faults: Faults;
}

/**
 * Reads the `security` of an operation or of a document.
 *
 * @param place the list
 * @returns after a fault, `undefined` or only some of the rules
 */
export function readSecurity(place: Place, extensions: Extensions, sources: SecuritySources): Security | undefined {
  const { faults } = sources;
  if (!Array.isArray(place.value)) {
    faults.add(place, "is not a list", "Write a list of requirements, such as [{ entra: [orders.read] }].");
    return undefined;
  }
  if (place.value.length > entriesMaximum) {
    faults.add(place, `has more than ${entriesMaximum} entries`, "Merge entries.");
    return undefined;
  }
  const entries = place.value.map((_, index) => memberOf(place, index));
  const isOpen = entries.map(({ value }) => isRecord(value) && Object.keys(value).length === 0);
  if (isOpen.every(Boolean) && isOpen.length < 2) return "public";
  for (const name of extensions.byScheme.keys()) {
    if (entries.some(({ value }) => isRecord(value) && Object.hasOwn(value, name))) continue;
    faults.add(place, `has no scheme ${name}, which an extension names`, "Correct the name in the extension.");
  }
  const rules: Rule[] = [];
  for (const [index, entry] of entries.entries()) {
    if (isOpen[index]) {
      faults.add(entry, "allows calls without a token beside other entries", "Remove {}, or all other entries.");
    } else {
      rules.push(...readEntry(entry, extensions, sources));
    }
  }
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

/** Names of scopes for a user, or of roles for an app. */
interface Alternative {
  readonly kind: Rule["kind"];
  readonly names: readonly string[];
}

function readEntry(entry: Place, extensions: Extensions, sources: SecuritySources): readonly Rule[] {
  const { faults, findScheme, originChecks, originChecksUsed } = sources;
  if (!isRecord(entry.value)) {
    faults.add(entry, "is not an object", "Write { entra: [orders.read] }.");
    return [];
  }
  const extras = findExtras(extensions, entry, faults);
  if (extras === undefined) return [];
  const { from = [defaultAuthority] } = extras;
  const schemes = membersOf(entry).map(([name, list]) => ({ name, list, scheme: findScheme(name, entry, from) }));
  if (schemes.some(({ scheme }) => scheme === undefined)) return [];
  const unchecked = schemes.flatMap(({ name, list, scheme }) =>
    scheme?.kind === "unchecked" ? [{ name, list, what: scheme.what }] : [],
  );
  for (const { name } of unchecked) originChecksUsed.add(name);
  if (unchecked.length === schemes.length) {
    const [first] = unchecked;
    const repair = "Add a scheme of Entra to the same object, or remove the entry.";
    faults.add(entry, `needs only ${first?.what}, which the gate cannot check`, repair);
    return [];
  }
  for (const { name, list, what } of unchecked) {
    if (originChecks === "any" || originChecks.has(name)) continue;
    faults.add(
      list,
      `needs ${what}, which the gate cannot check`,
      `If the origin checks it, add --origin-checks ${name}.`,
    );
  }
  const lists = schemes.flatMap(({ list, scheme }) =>
    scheme?.kind === "entra" ? [readNames(list, scheme, extras, sources)] : [],
  );
  if (lists.includes(undefined)) return [];
  const alternatives = combine(lists.flatMap((list) => (list === undefined ? [] : [list])));
  if (alternatives.length === 0) {
    faults.add(entry, "wants a user and an app at once", "Write one entry for users, and another for apps.");
  }
  return alternatives.flatMap((alternative) => createRule(entry, alternative, extras, faults) ?? []);
}

/** A caller has one token, so that it must meet all lists as a user or as an app. */
function combine(lists: readonly (readonly Alternative[])[]): readonly Alternative[] {
  return (["user", "app"] as const).flatMap((kind) => {
    const own = lists.map((list) => list.find((alternative) => alternative.kind === kind));
    if (own.includes(undefined)) return [];
    return [{ kind, names: [...new Set(own.flatMap((alternative) => alternative?.names ?? []))] }];
  });
}

function readNames(
  list: Place,
  scheme: Extract<Scheme, { kind: "entra" }>,
  { roles, from }: Extras,
  { api, faults, bearerScopes, useBearerScopes }: SecuritySources,
): readonly Alternative[] | undefined {
  let isSound = true;
  const refuse = (place: Place, problem: string, repair: string) => {
    isSound = false;
    faults.add(place, problem, repair);
    return undefined;
  };
  const names = list.value;
  if (!isTextList(names)) {
    return refuse(list, "is not a list of names", "Write the scopes or roles that a caller needs.");
  }
  if (names.length === 0 && scheme.isBearer) {
    useBearerScopes();
    if (bearerScopes.length > 0) return [{ kind: "user", names: bearerScopes }];
    const [example = "access_as_user"] = api.requiredScopes;
    const repair = `Add --scope ${example} if users need this scope, or declare type oauth2 with its flows.`;
    return refuse(list, "asks for a bearer token, but names no scope and no role", repair);
  }
  if (names.length === 0) {
    const repair = "Name the scopes or roles that a caller needs: OpenAPI reads an empty list as any token.";
    return refuse(list, "names no scope and no role", repair);
  }
  if (names.length > entriesMaximum) {
    return refuse(list, `has more than ${entriesMaximum} names`, "Merge permissions.");
  }
  if (scheme.isBearer && scheme.app === undefined) {
    const repair = "Write an empty list and add --scope, write openapi: 3.1.0, or declare type oauth2 with its flows.";
    return refuse(list, "names roles of a bearer scheme, which OpenAPI 3.0 cannot", repair);
  }
  const fits = (kind: "user" | "app") => (name: string) => scheme[kind]?.names?.has(name) ?? scheme[kind] !== undefined;
  const short: string[] = [];
  for (const [index, name] of names.entries()) {
    const place = memberOf(list, index);
    const own = shortenName(api, name, from);
    if (!fits("user")(name) && !fits("app")(name)) {
      refuse(
        place,
        `is ${JSON.stringify(name)}, which the scheme does not declare`,
        "Declare it in a flow of the scheme.",
      );
    } else if (scheme.isBearer && api.requiredScopes.includes(own)) {
      const problem = `is ${JSON.stringify(name)}, a scope of ENTRA_REQUIRED_SCOPE, and a name of a bearer scheme is an app role`;
      const repair = `For users, write an empty list and add --scope ${own}. For apps, declare the flow clientCredentials.`;
      refuse(place, problem, repair);
    } else if (neverGranted.has(own)) {
      refuse(place, `is ${JSON.stringify(name)}, which never occurs in scp of a token`, "Name a scope of the API.");
    } else if (own === ".default") {
      const repair = "Name the roles in x-entra-roles of the operation.";
      if (roles === undefined) refuse(place, "does not say what a token must have", repair);
    } else {
      const mistake = describeScopeMistake(own);
      if (mistake !== undefined) refuse(place, `is ${JSON.stringify(name)}, ${mistake}`, nameRepair);
      short.push(own);
    }
  }
  const kinds = (["user", "app"] as const).filter((kind) => names.every(fits(kind)));
  if (kinds.length === 0 && names.every((name) => fits("user")(name) || fits("app")(name))) {
    refuse(list, "mixes scopes of users with roles of apps", "Write one entry for users, and another for apps.");
  }
  return isSound ? kinds.map((kind) => ({ kind, names: short })) : undefined;
}

function createRule(
  entry: Place,
  { kind, names }: Alternative,
  { roles = [], ...others }: Extras,
  faults: Faults,
): Rule | undefined {
  const [useless] = extensions.filter(([name]) => name in others && kind === "app" && members[name].isOfUsers);
  if (useless !== undefined) {
    const [, extension] = useless;
    const repair = `Remove ${extension}, or declare the names of this entry only in flows of users.`;
    faults.add(entry, `allows apps, whose tokens cannot meet ${extension}`, repair);
    return undefined;
  }
  const needed = [...new Set(kind === "app" ? [...names, ...roles] : roles)];
  const given: Extras = { ...others, ...(needed.length > 0 && { roles: needed }) };
  const options: RuleOptions = {
    kind,
    ...(kind === "user" && names.length > 0 && { scopes: names }),
    ...Object.fromEntries(extensions.flatMap(([name]) => (name in given ? [[name, given[name]]] : []))),
  };
  try {
    return createRequirement(options).anyOf[0];
  } catch (error) {
    faults.add(entry, `is a requirement that no token meets: ${describeCause(error)}`, "Correct the name.");
    return undefined;
  }
}
