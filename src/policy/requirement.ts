import { isScopeToken } from "../config/scope.ts";
import type { PrincipalKind } from "../token/claims.ts";

/** What one kind of principal must have. All members must hold; only `kind` is always there. */
export interface Rule {
  readonly kind: PrincipalKind;
  /** All of these delegated permissions. */
  readonly scopes?: readonly string[];
  /** At least one of these delegated permissions. */
  readonly anyScope?: readonly string[];
  /** All of these app roles. */
  readonly roles?: readonly string[];
  /** At least one of these app roles. */
  readonly anyRole?: readonly string[];
  /** Acts for one of these client applications (GUIDs). */
  readonly clients?: readonly string[];
  /** Belongs to one of these tenants (GUIDs), beside the configuration's allowlist. */
  readonly tenants?: readonly string[];
  /** All of these authentication contexts, `c1` to `c99` (Microsoft, "Conditional Access authentication context"). */
  readonly acrs?: readonly string[];
  /**
   * `only` refuses callers that are not marked as agents, `never` those that are. The markers are optional claims, so an agent
   * without them cannot be told from any other client.
   */
  readonly agent?: "only" | "never";
}

/**
 * What a route wants of its caller, as data: OpenAPI, `explain` and the policy read the same object. One rule for each
 * alternative; a principal that satisfies one is let in. Never empty.
 */
export interface Requirement {
  readonly anyOf: readonly [Rule, ...Rule[]];
}

/** Who may call a route: anybody, whoever meets the configuration's requirement, or its own. All of several must be met. */
export type RouteAccess =
  | { readonly kind: "public" | "default" }
  | { readonly kind: "required"; readonly requirements: readonly [Requirement, ...Requirement[]] };

/** Who may call. */
export type Access =
  | RouteAccess
  /** Whoever has a token that the gate accepts: the requirement is decided elsewhere. */
  | { readonly kind: "authenticated" }
  /** Nobody: there is no such route. Callers learn this only once they have authenticated. */
  | { readonly kind: "closed"; readonly isReportable: boolean }
  /** Nobody either, and everybody is told so: there is nothing to let anybody in to, nor to record. */
  | { readonly kind: "absent" };

/** What a route says of its caller; each member means what the member of {@link Rule} by its name means. */
export type RuleOptions = Partial<Rule>;

const authenticationContext = /^c[1-9]\d?$/;
const choices: Readonly<Record<string, readonly unknown[] | undefined>> = {
  kind: ["user", "app"],
  agent: ["only", "never"],
};
const members = ["kind", "scopes", "anyScope", "roles", "anyRole", "clients", "tenants", "acrs", "agent"];

/**
 * Makes a requirement from what a route says, and refuses what would let anybody in.
 *
 * @param options lists, and `kind` where they leave it open
 * @throws TypeError naming the member that is unknown, empty, no list of non-empty strings, or missing
 */
export function createRequirement(options: RuleOptions): Requirement {
  // A copy has none of them, and a restriction would be lost.
  const inherited = members.find((name) => name in options && !Object.keys(options).includes(name));
  if (inherited !== undefined) throw new TypeError(`${inherited} of a requirement must be an own enumerable property`);
  for (const [name, value] of Object.entries(options)) {
    if (!members.includes(name))
      throw new TypeError(`unknown member ${JSON.stringify(name)} of a requirement. Use one of ${members.join(", ")}`);
    const words = choices[name];
    if (words?.includes(value)) continue;
    if (words) throw new TypeError(`${name} of a requirement must be "${words.join('" or "')}"`);
    if (!isList(value)) throw new TypeError(`${name} of a requirement must be a non-empty list of strings`);
    if (/scope/i.test(name) && !value.every((scope) => isScopeToken(scope))) {
      throw new TypeError(`${name} of a requirement must be scope names without spaces, quotes or backslashes`);
    }
  }
  const { scopes, anyScope, roles, anyRole, acrs } = options;
  if (acrs && !acrs.every((context) => authenticationContext.test(context))) {
    throw new TypeError("acrs of a requirement must be authentication contexts from c1 to c99");
  }
  if (!scopes && !anyScope && !roles && !anyRole) {
    throw new TypeError("a requirement must have scopes, anyScope, roles or anyRole");
  }
  const delegated = scopes ?? anyScope ?? acrs;
  const kind = options.kind ?? (delegated ? "user" : "app");
  if (kind === "app" && delegated)
    throw new TypeError("a requirement of kind app must not have scopes, anyScope or acrs");
  return freezeRequirement([{ ...copyLists(options), kind }]);
}

/**
 * Checks a requirement again, whoever made it: it is data that anybody can write.
 *
 * @returns a frozen copy
 * @throws TypeError as {@link createRequirement} does
 */
export function checkRequirement(requirement: Requirement): Requirement {
  const rules: unknown = requirement?.anyOf;
  if (!Array.isArray(rules)) throw new TypeError("a requirement must have anyOf, a list of rules");
  return combineRequirements(rules.map((rule) => createRequirement(rule)));
}

/**
 * Lets in whoever satisfies one of several requirements, for example a delegated token or an app-only one.
 *
 * @throws TypeError without any requirement
 */
export function combineRequirements(requirements: readonly Requirement[]): Requirement {
  return freezeRequirement(requirements.flatMap(({ anyOf }) => anyOf));
}

/**
 * The requirement of routes that name none, from ENTRA_REQUIRED_SCOPE and ENTRA_REQUIRED_ROLE, which the configuration has
 * checked as {@link createRequirement} would.
 *
 * @returns `undefined` where neither is configured
 */
export function defaultRequirement(scopes: readonly string[], roles: readonly string[]): Requirement | undefined {
  const rules: readonly Rule[] = [
    ...(scopes.length > 0 ? [{ kind: "user", scopes: Object.freeze([...scopes]) } as const] : []),
    ...(roles.length > 0 ? [{ kind: "app", anyRole: Object.freeze([...roles]) } as const] : []),
  ];
  return rules.length > 0 ? freezeRequirement(rules) : undefined;
}

function freezeRequirement(rules: readonly Rule[]): Requirement {
  if (rules.length === 0) throw new TypeError("a requirement needs at least one alternative");
  return Object.freeze({ anyOf: Object.freeze(rules.map(Object.freeze)) }) as unknown as Requirement;
}

/** The caller may go on to change its lists. */
function copyLists(options: RuleOptions): RuleOptions {
  const copies = Object.entries(options).map(([name, value]) => [
    name,
    Object.freeze(isList(value) ? [...value] : value),
  ]);
  return Object.fromEntries(copies);
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item !== "");
}
