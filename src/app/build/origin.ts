import { originReader } from "../../config/named-origins.ts";
import { isOriginName } from "../../config/origin.ts";
import { isFullScope } from "../../config/scope.ts";
import { closeAtExpiry } from "../../origin/web-socket.ts";
import type { RouteAccess } from "../../policy/requirement.ts";
import { createForwardHandler } from "../pipeline/forwarding.ts";
import type { ForwardHandler, Method } from "../types/definition.ts";
import { originReading } from "./origin-reading.ts";

/** Option of {@link origin} that names the origin. */
export interface OriginNameOptions {
  /**
   * Name of the origin, in lower case: `billing` has the variables `ORIGIN_BILLING_URL` and so on. `zone` is the zone's
   * own origin. Default: the one of the group, or else ORIGIN_URL or the binding ORIGIN.
   */
  readonly to: string;
}

/** Options of {@link origin} for the origin's token, and others if necessary. */
export interface OriginTokenOptions {
  /** See {@link OriginNameOptions.to}. */
  readonly to?: string;
  /** Exchanges the caller's token for one of the same user for the origin's API. The gate needs the option `downstream`. */
  readonly as: "on-behalf-of";
  /** Full scopes of the origin's API, for example `api://orders/access_as_user`. */
  readonly scopes: readonly string[];
  /** See {@link OriginWebSocketOptions.closeWebSocketAtExpiry}. */
  readonly closeWebSocketAtExpiry?: true;
}

/** Options of {@link origin} for WebSockets. */
export interface OriginWebSocketOptions {
  /** See {@link OriginNameOptions.to}. */
  readonly to?: string;
  /**
   * Closes a WebSocket with code 3000 when the caller's access token expires, plus ENTRA_CLOCK_SKEW_SECONDS. Without
   * it, a WebSocket stays open until an end closes it. Only Workers forward WebSockets. It costs processor time for
   * each message, see docs/explanation/speed.md.
   */
  readonly closeWebSocketAtExpiry: true;
}

/** Options of {@link origin}. At least one is required. */
export type OriginOptions = OriginNameOptions | OriginTokenOptions | OriginWebSocketOptions;

/**
 * Forwards the request to the origin server, as the handler of a route and under its requirement.
 *
 * @param options without `as`, ORIGIN_AUTHORIZATION determines the origin's token
 * @throws TypeError if an option is unknown or invalid, or the object is empty
 *
 * @example
 * app.route({ method: "DELETE", path: "/orders/:id", hooks: requireAuth("orders.write"), handler: origin() });
 * app.get("/invoices/*", { hooks: requireAuth("invoices.read") }, origin({ to: "billing" }));
 * app.get("/events", { hooks: requireAuth("orders.read") }, origin({ closeWebSocketAtExpiry: true }));
 */
export function origin(options?: OriginOptions): ForwardHandler {
  if (options === undefined) return create({});
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      "origin: options must be an object. The address of the origin server is the variable ORIGIN_URL",
    );
  }
  if ("request" in options) throw new TypeError("origin: must be called when the route is declared: handler: origin()");
  const { to, as, scopes, closeWebSocketAtExpiry, ...others } = options as Partial<
    OriginTokenOptions & OriginWebSocketOptions
  >;
  const [unknown] = Object.keys(others);
  const known = "Use one of to, as, scopes, closeWebSocketAtExpiry";
  if (unknown !== undefined) throw new TypeError(`origin: unknown option ${unknown}. ${known}`);
  if (Object.keys(options).length === 0) throw new TypeError(`origin: options are empty. ${known}`);
  const named = "to" in options ? isOriginName(to) : true;
  if (named !== true) throw new TypeError(`origin: to ${named}`);
  if ("closeWebSocketAtExpiry" in options && closeWebSocketAtExpiry !== true) {
    throw new TypeError("origin: closeWebSocketAtExpiry must be true or absent");
  }
  const plain = { ...(to && { to }), ...(closeWebSocketAtExpiry && { closeWebSocketAtExpiry }) };
  if (!("as" in options) && !("scopes" in options)) return create(plain);
  if (as !== "on-behalf-of") throw new TypeError('origin: as must be "on-behalf-of"');
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isFullScope)) {
    throw new TypeError(
      "origin: scopes must be a non-empty list of full names, for example api://orders/access_as_user",
    );
  }
  return create({ onBehalfOf: Object.freeze([...scopes]), ...plain });
}

function create(options: Omit<ForwardHandler, "forward">): ForwardHandler {
  const { to, onBehalfOf, closeWebSocketAtExpiry } = options;
  return createForwardHandler(
    { forward: true, ...options },
    {
      terms: Object.freeze({
        to,
        reader: originReader,
        onBehalfOfScopes: onBehalfOf,
        closeAtExpiry: closeWebSocketAtExpiry && closeAtExpiry,
      }),
      reading: originReading,
      checkRoute: (access, method) => checkRoute(options, access, method),
    },
  );
}

function checkRoute(
  { onBehalfOf, closeWebSocketAtExpiry }: Omit<ForwardHandler, "forward">,
  { kind }: RouteAccess,
  method: Method,
): void {
  if (onBehalfOf && kind === "public") throw new TypeError("on-behalf-of is not possible with public: true");
  if (!closeWebSocketAtExpiry) return;
  if (kind === "public") throw new TypeError("closeWebSocketAtExpiry is not possible with public: true");
  if (method !== "GET") throw new TypeError("closeWebSocketAtExpiry requires method GET");
}
