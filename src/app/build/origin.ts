import { isObject } from "../../base/common/objects.ts";
import { checkOptionsOf, isTrue, type Rules } from "../../base/common/options.ts";
import { isOriginName } from "../../core/config/origin.ts";
import { isFullScope } from "../../core/config/scope.ts";
import { findForeignAuthority } from "../../core/policy/authorities.ts";
import { listRequirements } from "../../core/policy/decision.ts";
import { closeAtExpiry } from "../../forwarding/web-socket.ts";
import { createForwardHandler } from "../pipeline/forwarding.ts";
import type { ForwardHandler } from "../types/definition.ts";
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
  /**
   * Exchanges the caller's token for one of the same user for the origin's API. The gate needs the option `downstream`.
   */
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
  if (options !== undefined) checkOptions(options);
  const { as, scopes, ...others }: Partial<OriginTokenOptions & OriginWebSocketOptions> = options ?? {};
  const { to, closeWebSocketAtExpiry } = others;
  const onBehalfOf = scopes && Object.freeze([...scopes]);
  return createForwardHandler(
    { forward: true, ...others, ...(onBehalfOf && { onBehalfOf }) },
    {
      reading: originReading,
      termsOf(access, method, ofGroup) {
        const { kind } = access;
        const needsCaller = onBehalfOf ? "on-behalf-of" : closeWebSocketAtExpiry && "closeWebSocketAtExpiry";
        if (needsCaller && kind === "public") throw new TypeError(`${needsCaller} is not possible with public: true`);
        const foreign = onBehalfOf && findForeignAuthority(listRequirements(access, undefined));
        if (foreign !== undefined)
          throw new TypeError(
            `on-behalf-of is not possible with from: ["${foreign}"], because tokens for other APIs are for callers of default only. Declare a route of its own for ${foreign}, with origin()`,
          );
        if (closeWebSocketAtExpiry && method !== "GET")
          throw new TypeError("closeWebSocketAtExpiry requires method GET");
        return Object.freeze({
          to: to ?? ofGroup,
          onBehalfOfScopes: onBehalfOf,
          closeAtExpiry: closeWebSocketAtExpiry && closeAtExpiry,
        });
      },
    },
  );
}

const tokenRules: Rules = {
  as: (as) => as === "on-behalf-of" || 'must be "on-behalf-of"',
  scopes: (scopes) =>
    (Array.isArray(scopes) && scopes.length > 0 && scopes.every(isFullScope)) ||
    "must be a non-empty list of full names, for example api://orders/access_as_user",
};

const rules: Rules = { to: isOriginName, ...tokenRules, closeWebSocketAtExpiry: isTrue };

function checkOptions(options: OriginOptions): void {
  if (!isObject(options)) {
    throw new TypeError(
      "origin: options must be an object. The address of the origin server is the variable ORIGIN_URL",
    );
  }
  if ("request" in options) throw new TypeError("origin: must be called when the route is declared: handler: origin()");
  checkOptionsOf("origin", options, rules, "as" in options || "scopes" in options ? tokenRules : undefined);
  if (Object.keys(options).length === 0) throw new TypeError("origin: options are empty. Write origin()");
}
