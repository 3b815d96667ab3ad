import {
  combineRequirements,
  createRequirement,
  type Requirement,
  type RuleOptions,
} from "../../policy/requirement.ts";
import type { Hooks } from "./hooks.ts";

/** Whatever has a requirement: hooks of `requireAuth` and `anyOf`. */
export interface Requiring {
  readonly requirement: Requirement;
}

/** Says who may call, wherever hooks are taken: by a route, a group, a plugin or the whole app. */
export interface AuthHook extends Hooks, Requiring {
  readonly requirement: Requirement;
}

/**
 * Says what a route wants of its caller.
 *
 * @param wanted scopes, of which a delegated token must have all; or one object of lists, see `Rule`
 * @throws TypeError where the requirement is empty, names an unknown member, or would let anybody in
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
 * Lets in whoever satisfies one of several requirements.
 *
 * @throws TypeError without any
 *
 * @example
 * anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })); // a user or a daemon
 */
export function anyOf(...hooks: readonly Requiring[]): AuthHook {
  return Object.freeze({ requirement: combineRequirements(hooks.map(({ requirement }) => requirement)) });
}
