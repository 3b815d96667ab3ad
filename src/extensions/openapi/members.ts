import type { MemberName, Requirement, Rule } from "../../core/policy/rule.ts";

/** How a member of a requirement is written. */
interface DescribedMember {
  /** Describes what the caller must have; `undefined` if the rule does not have the member. */
  readonly describe: (rule: Rule) => string | undefined;
  /** In place of `describe`, for readers who need not know the names. */
  readonly hide?: (rule: Rule) => string | undefined;
  /** The extension of OpenAPI that names it, because no security scheme can. */
  readonly extension?: `x-entra-${string}`;
}

/** How each member is written, in the order of the phrase. A member that is missing here does not compile. */
const describedMembers = {
  // The phrase begins with them, and they decide which scheme is named.
  from: { describe: () => undefined, extension: "x-entra-from" },
  kind: { describe: () => undefined },
  scopes: { describe: ({ scopes }) => all("scope", scopes) },
  anyScope: { describe: ({ anyScope }) => one("scopes", anyScope), extension: "x-entra-any-scope" },
  roles: { describe: ({ roles }) => all("role", roles), extension: "x-entra-roles" },
  anyRole: { describe: ({ anyRole }) => one("roles", anyRole) },
  groups: { describe: ({ groups }) => all("group", groups), extension: "x-entra-groups" },
  anyGroup: { describe: ({ anyGroup }) => one("groups", anyGroup), extension: "x-entra-any-group" },
  acrs: { describe: ({ acrs }) => all("authentication context", acrs), extension: "x-entra-acrs" },
  clients: {
    describe: ({ clients }) => one("clients", clients),
    hide: ({ clients }) => clients && "a certain client",
  },
  tenants: {
    describe: ({ tenants }) => one("tenants", tenants),
    hide: ({ tenants }) => tenants && "a certain tenant",
  },
  agent: {
    describe: ({ agent }) => agent && (agent === "only" ? "the mark of an agent" : "no mark of an agent"),
    extension: "x-entra-agent",
  },
} as const satisfies Readonly<Record<MemberName, DescribedMember>>;

/** Members that an extension names. */
export type ExtendedMember = {
  [Name in MemberName]: (typeof describedMembers)[Name] extends { readonly extension: string } ? Name : never;
}[MemberName];

const rows: readonly DescribedMember[] = Object.values(describedMembers);

/** Extensions, by the members that they name. */
export const extensions = Object.entries(describedMembers as Readonly<Record<MemberName, DescribedMember>>).flatMap(
  ([name, { extension }]) => (extension === undefined ? [] : [[name as ExtendedMember, extension] as const]),
);

/**
 * Describes what a caller needs who must meet all requirements: `a user with scope orders.read, or an app with role
 * Orders.Read.All`.
 *
 * @param isPublic whether anybody may read the text; it then does not name clients and tenants
 */
export function describeRequirements(requirements: readonly Requirement[], isPublic = false): string {
  const phrases = requirements.map(({ anyOf }) =>
    distinct(
      anyOf.map((rule) => describeRule(rule, isPublic)),
      ", or ",
    ),
  );
  return distinct(phrases, "; and ");
}

function describeRule(rule: Rule, isPublic: boolean): string {
  const needs = rows.flatMap(({ describe, hide = describe }) => (isPublic ? hide : describe)(rule) ?? []);
  const who = rule.kind === "user" ? "a user" : "an app";
  return `${who}${rule.from === undefined ? "" : ` of ${rule.from.join(" or ")}`} with ${needs.join(", ")}`;
}

function distinct(phrases: readonly string[], separator: string): string {
  return [...new Set(phrases)].join(separator);
}

function all(noun: string, names: readonly string[] | undefined): string | undefined {
  return names && `${noun}${names.length > 1 ? "s" : ""} ${names.join(" ")}`;
}

function one(nouns: string, names: readonly string[] | undefined): string | undefined {
  return names && `one of the ${nouns} ${names.join(" ")}`;
}
