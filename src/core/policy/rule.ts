import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Denial } from "../../base/common/denial.ts";
import type { PrincipalKind } from "../token/claims.ts";

/**
 * The requirement of a route in code. All members must hold. One of `scopes`, `anyScope`, `roles` and `anyRole` is
 * required.
 */
export interface RuleOptions {
  /**
   * One of these authorities has issued the token: names of the option `authorities`, and `default`. Without it, only
   * `default` may have.
   */
  readonly from?: readonly string[];
  /** `user` for delegated tokens, `app` for app-only tokens. Default: `app` if only roles are listed, else `user`. */
  readonly kind?: PrincipalKind;
  /** All of these delegated permissions. */
  readonly scopes?: readonly string[];
  /** At least one of these delegated permissions. */
  readonly anyScope?: readonly string[];
  /** All of these app roles. */
  readonly roles?: readonly string[];
  /** At least one of these app roles. */
  readonly anyRole?: readonly string[];
  /** All of these groups: up to 100 object IDs in lower case. For users only. */
  readonly groups?: readonly string[];
  /** At least one of these groups: up to 100 object IDs in lower case. For users only. */
  readonly anyGroup?: readonly string[];
  /** One of these client applications (GUIDs). */
  readonly clients?: readonly string[];
  /** One of these tenants (GUIDs), in addition to the configuration's allowlist. */
  readonly tenants?: readonly string[];
  /** All of these authentication contexts, `c1` to `c99` (Microsoft, "Conditional Access authentication context"). */
  readonly acrs?: readonly string[];
  /**
   * `only` refuses callers without the markers of an agent, and `never` those with them. The markers are optional
   * claims, so an agent without them looks like any other client.
   */
  readonly agent?: "only" | "never";
}

/** The member `from` of a rule that has none. */
export const fromDefault: readonly string[] = Object.freeze([defaultAuthority]);

/** Lists the authorities whose callers may meet a rule. */
export function listAuthorities({ from = fromDefault }: Pick<RuleOptions, "from">): readonly string[] {
  return from;
}

/** What a principal of one kind must have. All members must hold. Only `kind` is always present. */
export interface Rule extends RuleOptions {
  /** `user` for delegated tokens, `app` for app-only tokens. */
  readonly kind: PrincipalKind;
}

/** A member of a requirement. */
export type MemberName = keyof RuleOptions;

/**
 * The requirement of a route, as data that OpenAPI, `explain` and the policy read. A principal must satisfy one of the
 * rules. The list is never empty.
 */
export interface Requirement {
  /** Rules, one of which a principal must satisfy. */
  readonly anyOf: readonly [Rule, ...Rule[]];
}

/**
 * Who may call a route: anyone, callers that meet the default requirement, or callers that meet all requirements of the
 * route.
 */
export type RouteAccess =
  | { readonly kind: "public" | "default" }
  | { readonly kind: "required"; readonly requirements: readonly [Requirement, ...Requirement[]] };

/** Callers that meet all of the requirements; without any, those that meet the default requirement. */
export function accessOf([first, ...others]: readonly Requirement[]): RouteAccess {
  return first === undefined ? { kind: "default" } : { kind: "required", requirements: [first, ...others] };
}

/** Who may call. */
export type Access =
  | RouteAccess
  /** Callers with a valid token. The requirement is checked elsewhere. */
  | { readonly kind: "authenticated" }
  /** No caller, because there is no route, or no requirement for what a message names. */
  | { readonly kind: "closed"; readonly denial: Denial; readonly isReportable: boolean }
  /** No caller, and callers learn it without authentication. Nothing is recorded. */
  | { readonly kind: "absent" };
