import type { Access, MemberName, Requirement, Rule } from "../../src/cli-exports/policy.ts";

/**
 * Who may call, as a phrase.
 *
 * @param standard the default requirement; `undefined` if none is configured
 */
export function describeAccess(access: Access, standard: Requirement | undefined): string {
  switch (access.kind) {
    case "public":
      return "anyone";
    case "authenticated":
      return "any caller with a valid token";
    case "closed":
      return "404";
    case "absent":
      return "404 to any caller";
    case "default":
      return `${describeRequirement(standard)} (the default)`;
    case "required":
      return [...new Set(access.requirements.map(describeRequirement))].join("; and ");
  }
}

/** A requirement as a phrase: `a user with access_as_user, or an app with one of Orders.Read.All`. */
export function describeRequirement(requirement: Requirement | undefined): string {
  return requirement === undefined ? "no caller" : [...new Set(requirement.anyOf.map(describeRule))].join(", or ");
}

/** How each member is written, in the order of the phrase. A member that is missing here does not compile. */
const describedMembers: Readonly<Record<MemberName, (rule: Rule) => string | undefined>> = {
  // The phrase begins with it.
  kind: () => undefined,
  scopes: ({ scopes }) => list("", scopes),
  anyScope: ({ anyScope }) => list("one of ", anyScope),
  roles: ({ roles }) => list("roles ", roles),
  anyRole: ({ anyRole }) => list("one of roles ", anyRole),
  groups: ({ groups }) => list("groups ", groups),
  anyGroup: ({ anyGroup }) => list("one of groups ", anyGroup),
  acrs: ({ acrs }) => list("contexts ", acrs),
  clients: ({ clients }) => list("clients ", clients),
  tenants: ({ tenants }) => list("tenants ", tenants),
  agent: ({ agent }) => list("agents ", agent && [agent]),
};

function describeRule(rule: Rule): string {
  const parts = Object.values(describedMembers).flatMap((describe) => describe(rule) ?? []);
  return `${rule.kind === "user" ? "a user" : "an app"} with ${parts.join(", ")}`;
}

function list(words: string, items: readonly string[] | undefined): string | undefined {
  return items && `${words}${items.join(" ")}`;
}
