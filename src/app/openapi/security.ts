import type { GuardFacts } from "../../guard/facts.ts";
import type { Access, Requirement, Rule } from "../../policy/requirement.ts";

/** Names of security schemes, each with the scopes or roles that are needed; all of one object, one of several objects. */
export type Security = Readonly<Record<string, readonly string[]>>;

/** Users sign in by this scheme, unless a route's `auth.scheme` calls it something else. */
export const userScheme = "oauth2";
/** Applications bring a token of their own. OpenAPI 3.1 lets a scheme that is no OAuth name roles. */
export const applicationScheme = "bearer";

/** What a principal of one kind must have. */
interface Alternative {
  readonly kind: Rule["kind"];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** What all of a route's callers must meet; empty where anybody may call. */
export function listRequirements({ kind, ...access }: Access, facts: GuardFacts | undefined): readonly Requirement[] {
  if ("requirements" in access) return access.requirements;
  return kind === "default" && facts?.defaultRequirement !== undefined ? [facts.defaultRequirement] : [];
}

/**
 * Describes who may call: nobody needs anything for a public route, and whoever may call no route at all is still asked to
 * sign in, because an empty list would say that anybody may.
 *
 * @param scheme of users
 * @param nameScope full name of a scope; `undefined` where the guard is none of Entra's
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

/** Of a group and its route both must be met, by one principal. */
function combine(left: readonly Alternative[], right: readonly Alternative[]): readonly Alternative[] {
  const merge = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
  return left.flatMap(({ kind, scopes, roles }) =>
    right
      .filter((other) => other.kind === kind)
      .map((other) => ({ kind, scopes: merge(scopes, other.scopes), roles: merge(roles, other.roles) })),
  );
}

/** Says in words what a caller needs: roles of users too, which no security scheme can say. */
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
    // Which ones is no business of whoever reads the document.
    clients && "a certain application",
    tenants && "a certain tenant",
    agent && (agent === "only" ? "the mark of an agent" : "no mark of an agent"),
  ].filter((need) => need !== undefined);
  return `${kind === "user" ? "a user" : "an application"} with ${needs.join(", ")}`;
}
