import type { Requirement } from "../../policy/requirement.ts";
import type { MemberName, Rule } from "../../policy/rule.ts";

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
export const describedMembers = {
  // The phrase begins with it, and it decides which scheme is named.
  kind: { describe: () => undefined },
  scopes: { describe: ({ scopes }) => scopes && `scope ${scopes.join(" ")}` },
  anyScope: {
    describe: ({ anyScope }) => anyScope && `one of the scopes ${anyScope.join(" ")}`,
    extension: "x-entra-any-scope",
  },
  roles: { describe: ({ roles }) => roles && `role ${roles.join(" ")}`, extension: "x-entra-roles" },
  anyRole: { describe: ({ anyRole }) => anyRole && `one of the roles ${anyRole.join(" ")}` },
  groups: { describe: ({ groups }) => groups && `group ${groups.join(" ")}`, extension: "x-entra-groups" },
  anyGroup: {
    describe: ({ anyGroup }) => anyGroup && `one of the groups ${anyGroup.join(" ")}`,
    extension: "x-entra-any-group",
  },
  acrs: {
    describe: ({ acrs }) => acrs && `authentication context ${acrs.join(" ")}`,
    extension: "x-entra-acrs",
  },
  clients: {
    describe: ({ clients }) => clients && `one of the applications ${clients.join(" ")}`,
    hide: ({ clients }) => clients && "a certain application",
  },
  tenants: {
    describe: ({ tenants }) => tenants && `one of the tenants ${tenants.join(" ")}`,
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
 * Describes a requirement in words: `a user with scope orders.read, or an application with role Orders.Read.All`.
 *
 * @param isPublic whether anybody may read the text; it then does not name applications and tenants
 */
export function describeRequirement({ anyOf }: Requirement, isPublic = false): string {
  return [...new Set(anyOf.map((rule) => describeRule(rule, isPublic)))].join(", or ");
}

function describeRule(rule: Rule, isPublic: boolean): string {
  const needs = rows.flatMap(({ describe, hide = describe }) => (isPublic ? hide : describe)(rule) ?? []);
  return `${rule.kind === "user" ? "a user" : "an application"} with ${needs.join(", ")}`;
}
