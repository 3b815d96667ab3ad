import {
  combineRequirements,
  createRequirement,
  type Requirement,
  type RuleOptions,
} from "../../policy/requirement.ts";
import type { Hooks } from "./hooks.ts";

/** Hooks with a requirement: those of `requireAuth` and `anyOf`. */
export interface Requiring {
  readonly requirement: Requirement;
}

/** An access rule. It can be used wherever hooks are accepted: on a route, a group, a plugin or the whole app. */
export interface AuthHook extends Hooks, Requiring {
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
  const [first] = wanted;
  if (typeof first === "object") {
    if (wanted.length > 1) throw new TypeError("requireAuth accepts scopes or one object");
    return Object.freeze({ requirement: createRequirement(first) });
  }
  return Object.freeze({ requirement: createRequirement({ kind: "user", scopes: wanted as readonly string[] }) });
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
  return Object.freeze({ requirement: combineRequirements(hooks.map(({ requirement }) => requirement)) });
}
