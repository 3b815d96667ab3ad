import type { CallerSpec } from "./callers.ts";

/** The phrases of `doctor` and `diff` about callers, read without the code that writes them. */

/** Whether a phrase such as `a user with a b, or an app with one of roles R` includes a caller. */
export function includesCaller(phrase: string, caller: CallerSpec | undefined): boolean {
  if (phrase === "anyone" || phrase === "public") return true;
  if (caller === undefined || /^404|^no caller/.test(phrase)) return false;
  if (phrase === "any caller with a valid token") return true;
  const requirements = phrase.replace(/ \(the default\)$/, "").split("; and ");
  return requirements.every((requirement) => requirement.split(", or ").some((rule) => meetsRule(rule, caller)));
}

function meetsRule(rule: string, caller: CallerSpec): boolean {
  const { kind, parts } = readRule(rule);
  return kind === caller.kind && parts.every((part) => meetsPart(part, caller));
}

function readRule(rule: string): { readonly kind: "user" | "app"; readonly parts: readonly string[] } {
  const [, who, parts = ""] = /^(a user|an app) with (.+)$/.exec(rule) ?? [];
  if (who === undefined) throw new Error(`no rule: ${rule}`);
  return { kind: who === "a user" ? "user" : "app", parts: parts.split(", ") };
}

function meetsPart(
  part: string,
  { scopes, roles, groups, groupsAs, acrs, client, tenant, isAgent }: CallerSpec,
): boolean {
  const [, words = "", names = ""] =
    /^((?:one of roles|one of groups|one of|roles|groups|contexts|clients|tenants|agents) )?(.+)$/.exec(part) ?? [];
  const list = names.split(" ");
  const all = (held: readonly string[]) => list.every((name) => held.includes(name));
  const one = (held: readonly string[]) => list.some((name) => held.includes(name));
  switch (words.trim()) {
    case "":
      return all(scopes);
    case "one of":
      return one(scopes);
    case "roles":
      return all(roles);
    case "one of roles":
      return one(roles);
    case "groups":
      return groupsAs === "list" && all(groups);
    case "one of groups":
      return groupsAs === "list" && one(groups);
    case "contexts":
      return all(acrs);
    case "clients":
      return one([client]);
    case "tenants":
      return one([tenant]);
    default:
      return (names === "only") === isAgent;
  }
}

/** Finds a requirement that a phrase says twice. */
export function findRepetition(phrase: string): string | undefined {
  const requirements = phrase.split("; and ");
  const lists = [requirements, ...requirements.map((requirement) => requirement.split(", or "))];
  return lists.flatMap((list) => list.filter((each, index) => list.indexOf(each) !== index))[0];
}

/** Reads a caller of `diff`: `a user with scopes a b, client 1111…`. */
export function readCaller(phrase: string, ofTable: Pick<CallerSpec, "client" | "tenant">): CallerSpec {
  const { kind, parts } = readRule(phrase);
  const named = (noun: string) => parts.find((part) => part.startsWith(`${noun} `))?.slice(noun.length + 1);
  const list = (noun: string) => named(noun)?.split(" ") ?? [];
  // Every token of a user has a scope.
  const scopes = kind === "user" && named("scopes") === undefined ? ["other"] : list("scopes");
  return {
    kind,
    scopes,
    roles: list("roles"),
    groups: list("groups"),
    groupsAs: "list",
    acrs: list("contexts"),
    client: named("client") ?? ofTable.client,
    tenant: named("tenant") ?? ofTable.tenant,
    isAgent: parts.includes("the mark of an agent"),
    isRevoked: parts.includes("a revoked token"),
    defect: "none",
  };
}
