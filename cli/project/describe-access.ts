import type { Access, Requirement, Rule } from "../../src/tools/policy.ts";

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

function describeRule(rule: Rule): string {
  const parts = [
    ...list("", rule.scopes),
    ...list("one of ", rule.anyScope),
    ...list("roles ", rule.roles),
    ...list("one of roles ", rule.anyRole),
    ...list("groups ", rule.groups),
    ...list("one of groups ", rule.anyGroup),
    ...list("contexts ", rule.acrs),
    ...list("clients ", rule.clients),
    ...list("tenants ", rule.tenants),
    ...list("agents ", rule.agent && [rule.agent]),
  ];
  return `${rule.kind === "user" ? "a user" : "an app"} with ${parts.join(", ")}`;
}

function list(words: string, items: readonly string[] | undefined): readonly string[] {
  return items === undefined ? [] : [`${words}${items.join(" ")}`];
}
