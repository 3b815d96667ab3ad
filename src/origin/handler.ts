import type { ForwardHandler } from "../app/definition.ts";
import { isScopeToken } from "../config/scope.ts";

/** What the origin gets for the caller's token. */
export interface OriginOptions {
  /** A token of the same user for the origin's own API. The gate must have been given `downstream`. */
  readonly as: "on-behalf-of";
  /** Of the origin's API, spelt out: `api://orders/access_as_user`. */
  readonly scopes: readonly string[];
}

const forward: ForwardHandler = Object.freeze({ forward: true });

/**
 * As a route's handler: forwards the request to the origin, under this route's requirement.
 *
 * @param options without, the configuration says what becomes of the caller's token (ORIGIN_AUTHORIZATION)
 * @throws TypeError where an option is unknown or faulty
 *
 * @example
 * app.route({ method: "DELETE", path: "/orders/:id", middleware: [requireAuth("orders.write")], handler: origin() });
 */
export function origin(options?: OriginOptions): ForwardHandler {
  if (options === undefined) return forward;
  const { as, scopes, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`origin: unknown option ${unknown}; known are as, scopes`);
  if (as !== "on-behalf-of") throw new TypeError('origin: as must be "on-behalf-of"');
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScopeToken)) {
    throw new TypeError("origin: scopes must be a list of at least one scope, for example api://orders/access_as_user");
  }
  return Object.freeze({ forward: true, onBehalfOf: Object.freeze([...scopes]) });
}
