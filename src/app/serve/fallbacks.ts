import type { Access } from "../../policy/requirement.ts";
import { methods } from "../contract/definition.ts";
import type { Fallback, FindTarget, RouteSource, Target } from "../contract/route.ts";
import { MethodNotAllowedError, NotFoundError } from "./errors.ts";
import { forwardAs } from "./steps.ts";

/** The handlers for requests that match no route. */
export type Fallbacks = Readonly<Record<Exclude<Target["kind"], "route">, Fallback>>;

/**
 * Creates the fallbacks of a gate: it forwards such requests, or answers 404 after authentication.
 *
 * @param unlisted see `GateOptions`
 */
export function createForwardingFallbacks(
  routes: Pick<RouteSource, "fallback">,
  unlisted: "guard" | "reject",
): Fallbacks {
  const forwarded = (access: Access) => routes.fallback(access, forwardAs({}));
  return {
    unlisted: forwarded(unlisted === "reject" ? { kind: "closed", isReportable: true } : { kind: "default" }),
    "near-miss": forwarded({ kind: "closed", isReportable: false }),
  };
}

/** Creates the fallbacks of an app that serves itself: 404 or 405 without authentication. */
export function createAbsentFallbacks(routes: Pick<RouteSource, "fallback">, find: FindTarget): Fallbacks {
  return {
    unlisted: routes.fallback({ kind: "absent" }, ({ path }) => {
      const allowed = methods.filter((method) => find(method, path).kind === "route");
      throw allowed.length > 0 ? new MethodNotAllowedError(allowed) : new NotFoundError();
    }),
    "near-miss": routes.fallback({ kind: "absent" }, () => {
      throw new NotFoundError();
    }),
  };
}
