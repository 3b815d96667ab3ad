import { isScopeToken } from "../../config/scope.ts";
import type { ForwardHandler } from "./definition.ts";

/** Options of {@link origin} for the token that the origin gets. */
export interface OriginTokenOptions {
  /** A token of the same user for the origin's own API. The gate must have been given `downstream`. */
  readonly as: "on-behalf-of";
  /** Of the origin's API, spelt out: `api://orders/access_as_user`. */
  readonly scopes: readonly string[];
}

/** Options of {@link origin} for WebSockets. */
export interface OriginWebSocketOptions {
  /**
   * Closes a WebSocket with code 3000 when the caller's access token expires: from then on HTTP would refuse the token, so
   * ENTRA_CLOCK_SKEW_SECONDS counts. Without, a WebSocket lives as long as both ends want. Workers only: elsewhere no
   * WebSocket passes. It costs processor time for every message, see docs/explanation/speed.md.
   */
  readonly closeWebSocketAtExpiry: true;
}

/** Options of {@link origin}: at least one. */
export type OriginOptions = (OriginTokenOptions & Partial<OriginWebSocketOptions>) | OriginWebSocketOptions;

const forward: ForwardHandler = Object.freeze({ forward: true });

/**
 * As a route's handler: forwards the request to the origin, under this route's requirement.
 *
 * @param options without `as`, the configuration says what becomes of the caller's token (ORIGIN_AUTHORIZATION)
 * @throws TypeError where an option is unknown or faulty, or there is none
 *
 * @example
 * app.route({ method: "DELETE", path: "/orders/:id", hooks: requireAuth("orders.write"), handler: origin() });
 * app.get("/events", { hooks: requireAuth("orders.read") }, origin({ closeWebSocketAtExpiry: true }));
 */
export function origin(options?: OriginOptions): ForwardHandler {
  if (options === undefined) return forward;
  const { as, scopes, closeWebSocketAtExpiry, ...others } = options as Partial<
    OriginTokenOptions & OriginWebSocketOptions
  >;
  const [unknown] = Object.keys(others);
  const known = "Use one of as, scopes, closeWebSocketAtExpiry";
  if (unknown !== undefined) throw new TypeError(`origin: unknown option ${unknown}. ${known}`);
  if (Object.keys(options).length === 0) throw new TypeError(`origin: options are empty. ${known}`);
  if ("closeWebSocketAtExpiry" in options && closeWebSocketAtExpiry !== true) {
    throw new TypeError("origin: closeWebSocketAtExpiry must be true or absent");
  }
  const socketRule = closeWebSocketAtExpiry && { closeWebSocketAtExpiry };
  if (!("as" in options) && !("scopes" in options)) return Object.freeze({ forward: true, ...socketRule });
  if (as !== "on-behalf-of") throw new TypeError('origin: as must be "on-behalf-of"');
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScopeToken)) {
    throw new TypeError("origin: scopes must be a non-empty list of scopes, for example api://orders/access_as_user");
  }
  return Object.freeze({ forward: true, onBehalfOf: Object.freeze([...scopes]), ...socketRule });
}
