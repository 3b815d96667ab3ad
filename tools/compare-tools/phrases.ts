import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import type { CallerSpec } from "./callers.ts";

/** The phrases of `doctor` and `diff` about callers, read without the code that writes them. */

/** Whether a phrase such as `a user with scopes a b, or an app with one of the roles R` includes a caller. */
export function includesCaller(phrase: string, caller: CallerSpec | undefined): boolean {
  if (phrase === "anyone" || phrase === "public") return true;
  if (caller === undefined || /^404|^no caller/.test(phrase)) return false;
  if (phrase === "any caller with a valid token") return caller.authority === defaultAuthority;
  const requirements = phrase.replace(/ \(the default\)$/, "").split("; and ");
  return requirements.every((requirement) => requirement.split(", or ").some((rule) => meetsRule(rule, caller)));
}

function meetsRule(rule: string, caller: CallerSpec): boolean {
  const { kind, authorities, parts } = readRule(rule);
  if (!authorities.includes(caller.authority)) return false;
  return kind === caller.kind && parts.every((part) => meetsPart(part, caller));
}

interface ReadRule {
  readonly kind: "user" | "app";
  readonly authorities: readonly string[];
  readonly parts: readonly string[];
}

function readRule(rule: string): ReadRule {
  const [, who, from = defaultAuthority, parts = ""] = /^(a user|an app)(?: of (.+?))? with (.+)$/.exec(rule) ?? [];
  if (who === undefined) throw new Error(`no rule: ${rule}`);
  return { kind: who === "a user" ? "user" : "app", authorities: from.split(" or "), parts: parts.split(", ") };
}

function meetsPart(
  part: string,
  { authority, scopes, roles, groups, groupsAs, acrs, client, tenant, isAgent }: CallerSpec,
): boolean {
  if (/^(?:the|no) mark of an agent$/.test(part)) return part.startsWith("the") === isAgent;
  const found = /^(one of the )?(scope|role|group|authentication context|client|tenant)s? (.+)$/.exec(part) ?? [];
  const [, choice, noun = "", names = ""] = found;
  const list = names.split(" ");
  const held = {
    scope: scopes,
    role: roles,
    group: groups,
    "authentication context": acrs,
    client: [client],
    // The rules of a generated worker name no tenant of another authority.
    tenant: authority === defaultAuthority ? [tenant] : [],
  }[noun];
  if (held === undefined) throw new Error(`no part of a rule: ${part}`);
  if (noun === "group" && groupsAs !== "list") return false;
  return choice === undefined ? list.every((name) => held.includes(name)) : list.some((name) => held.includes(name));
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
    authority: named("authority") ?? defaultAuthority,
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
