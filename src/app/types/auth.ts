import { combineRequirements, createRequirement } from "../../core/policy/requirement.ts";
import type { Requirement, RuleOptions } from "../../core/policy/rule.ts";
import { type Hooks, noHandler, refuseElsewhere } from "./hooks.ts";

/** Hooks with a requirement: those of `requireAuth` and `anyOf`. */
export interface Requiring {
  /** What a caller must have, as frozen data. */
  readonly requirement: Requirement;
}

/** An access rule. It can be used wherever hooks are accepted: on a route, a group, a plugin or the whole app. */
export interface AuthHook extends Hooks, Requiring {
  /** Throws. Hono calls what stands in place of a handler: the compiler prints the text. */
  (context: "Import requireAuth and anyOf of entra-gate/hono, not of entra-gate"): never;
  /** What a caller must have, as frozen data. */
  readonly requirement: Requirement;
}

/**
 * Requires callers to meet a requirement.
 *
 * @param wanted scopes, all of which a delegated token needs; or one object with lists, see `Rule`
 * @throws TypeError if the requirement is empty, has an unknown member, or would admit every caller
 *
 * @example
 * requireAuth("orders.read"); // a user, through an app that has this scope
 * requireAuth({ anyRole: ["Orders.Read.All"] }); // an app for itself, with this role
 */
export function requireAuth(...wanted: readonly string[] | readonly [RuleOptions]): AuthHook {
  return createAuthHook(createRequirement(readWanted(wanted)));
}

/**
 * Reads the arguments of `requireAuth`.
 *
 * @throws TypeError if they are neither scopes nor one object
 */
export function readWanted(wanted: readonly unknown[]): RuleOptions {
  const [first] = wanted;
  if (wanted.length > 0 && !wanted.some((each) => typeof each === "object"))
    return { kind: "user", scopes: wanted as readonly string[] };
  if (wanted.length === 1 && !Array.isArray(first)) return first as RuleOptions;
  throw new TypeError(
    'requireAuth must be called with scopes, as in requireAuth("a", "b"), or with one object: requireAuth({ anyRole: ["A"] })',
  );
}

/**
 * Requires callers to meet one of several requirements.
 *
 * @throws TypeError if there is no requirement
 *
 * @example
 * anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })); // a user or a daemon
 */
export function anyOf(...hooks: readonly Requiring[]): AuthHook {
  const requirements = hooks.map((hook: Requiring | null | undefined) => hook?.requirement as Requirement);
  return createAuthHook(combineRequirements(requirements));
}

/** @returns the requirement of a result of {@link requireAuth} or {@link anyOf}; `undefined` for any other value */
export function findRequirement(hook: unknown): Requirement | undefined {
  const { requirement, preBody = refuseElsewhere, ...others } = Object(hook) as Hooks;
  return preBody === refuseElsewhere && Object.keys(others).length === 0 ? requirement : undefined;
}

function createAuthHook(requirement: Requirement): AuthHook {
  const rule = (): never => {
    throw new TypeError(noHandler);
  };
  return Object.freeze(Object.assign(rule, { requirement, preBody: refuseElsewhere }));
}

/** The scheme of applications in the OpenAPI document. Linters expect each role among the scopes of a flow. */
export const applicationScheme = "application";
