import type { GuardFacts } from "../../guard/facts.ts";
import type { Access, Requirement, Rule } from "../../policy/requirement.ts";

/**
 * Security schemes with the required scopes or roles. A caller must meet all schemes of one object, and one object of
 * the list.
 */
export type Security = Readonly<Record<string, readonly string[]>>;

/** The scheme for users, unless a route's `auth.scheme` has another name. */
export const userScheme = "oauth2";
/** The scheme for applications. OpenAPI 3.1 allows roles in schemes other than OAuth. */
export const applicationScheme = "bearer";

/** The requirement for principals of one kind. */
interface Alternative {
  readonly kind: Rule["kind"];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** The requirements that all callers of a route must meet; empty if the route is public. */
export function listRequirements({ kind, ...access }: Access, facts: GuardFacts | undefined): readonly Requirement[] {
  if ("requirements" in access) return access.requirements;
  return kind === "default" && facts?.defaultRequirement !== undefined ? [facts.defaultRequirement] : [];
}

/**
 * Describes who may call. A public route needs nothing. A route that allows no caller requires sign-in, because an empty
 * list would mean that it is public.
 *
 * @param scheme of users
 * @param nameScope returns the full name of a scope; `undefined` if the guard is not Entra's
 */
export function describeSecurity(
  access: Access,
  facts: GuardFacts | undefined,
  scheme: string,
  nameScope: ((scope: string) => string) | undefined,
): readonly Security[] {
  if (access.kind === "public") return [];
  const alternatives = listRequirements(access, facts).map(({ anyOf }) => anyOf.flatMap(listAlternatives));
  const [first = [], ...others] = alternatives;
  const found = others.reduce(combine, first).map(({ kind, scopes, roles }): Security => {
    if (nameScope === undefined) return { [applicationScheme]: kind === "user" ? scopes : roles };
    return kind === "user" ? { [scheme]: scopes.map(nameScope) } : { [applicationScheme]: roles };
  });
  const distinct = new Map(found.map((security) => [JSON.stringify(security), security]));
  return distinct.size > 0 ? [...distinct.values()] : [{ [nameScope ? scheme : applicationScheme]: [] }];
}

function listAlternatives({ kind, scopes = [], anyScope, roles = [], anyRole }: Rule): readonly Alternative[] {
  const oneOf = (all: readonly string[], any: readonly string[] | undefined) =>
    any === undefined ? [all] : any.map((each) => [...all, each]);
  return oneOf(scopes, anyScope).flatMap((wanted) =>
    oneOf(roles, anyRole).map((needed) => ({ kind, scopes: wanted, roles: needed })),
  );
}

/** A principal must meet the requirements of the group and of the route. */
function combine(left: readonly Alternative[], right: readonly Alternative[]): readonly Alternative[] {
  const merge = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
  return left.flatMap(({ kind, scopes, roles }) =>
    right
      .filter((other) => other.kind === kind)
      .map((other) => ({ kind, scopes: merge(scopes, other.scopes), roles: merge(roles, other.roles) })),
  );
}

/** Describes a requirement in words, including roles of users, which security schemes cannot express. */
export function describeNeeds(requirements: readonly Requirement[]): string {
  return requirements.map(({ anyOf }) => anyOf.map(describeRule).join(", or ")).join("; and ");
}

function describeRule({ kind, scopes, anyScope, roles, anyRole, acrs, clients, tenants, agent }: Rule): string {
  const needs = [
    scopes && `scope ${scopes.join(" ")}`,
    anyScope && `one of the scopes ${anyScope.join(" ")}`,
    roles && `role ${roles.join(" ")}`,
    anyRole && `one of the roles ${anyRole.join(" ")}`,
    acrs && `authentication context ${acrs.join(" ")}`,
    // The document does not name them, because its readers do not need them.
    clients && "a certain application",
    tenants && "a certain tenant",
    agent && (agent === "only" ? "the mark of an agent" : "no mark of an agent"),
  ].filter((need) => need !== undefined);
  return `${kind === "user" ? "a user" : "an application"} with ${needs.join(", ")}`;
}
