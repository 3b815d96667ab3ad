import type { Denial } from "../../base/common/denial.ts";
import type { Access } from "../../core/policy/rule.ts";
import { MethodNotAllowedError, NotFoundError } from "../errors/errors.ts";
import { methods } from "../types/definition.ts";
import { forwardAs } from "./pipeline.ts";
import type { Fallback, FindMatch, RouteMatch, RouteSource } from "./route.ts";

/** The handlers for requests that match no route. */
export type Fallbacks = Readonly<Record<Exclude<RouteMatch["kind"], "route">, Fallback>>;

const noRoute: Denial = { reason: "route_unlisted" };

type App = Pick<RouteSource, "fallback" | "appWide" | "parts">;

/**
 * Says who may send a gate a request that matches no route, or that an origin could take for another route's.
 *
 * @param appWide rule of the whole app
 * @param unlisted see `GateOptions`
 */
export function accessWithoutRoute(
  appWide: Access,
  unlisted: "guard" | "reject",
): Readonly<Record<"unlisted" | "near-miss", Access>> {
  return {
    unlisted: unlisted === "reject" ? { kind: "closed", denial: noRoute, isReportable: true } : appWide,
    "near-miss": { kind: "closed", denial: noRoute, isReportable: false },
  };
}

/** The same for an app that serves itself: anybody, unless the whole app requires authentication. */
export function accessToAbsent(appWide: Access): Access {
  return appWide.kind === "default" ? { kind: "absent" } : appWide;
}

/**
 * Creates the fallbacks of a gate: it forwards such requests, or answers 404 after authentication.
 *
 * @param unlisted see `GateOptions`
 */
export function createForwardingFallbacks(app: App, unlisted: "guard" | "reject"): Fallbacks {
  const access = accessWithoutRoute(app.appWide.access, unlisted);
  return {
    unlisted: app.fallback(access.unlisted, forwardAs({})),
    "near-miss": app.fallback(access["near-miss"], forwardAs({})),
    "no-document": createNoDocument(app),
  };
}

/**
 * Creates the fallbacks of an app that serves itself: 404 or 405, without authentication unless the whole app requires
 * it.
 */
export function createAbsentFallbacks(app: App, find: FindMatch): Fallbacks {
  const access = accessToAbsent(app.appWide.access);
  return {
    unlisted: app.fallback(access, ({ target }) => {
      const allowed = methods.filter((method) => find(method, target.path).kind === "route");
      throw allowed.length > 0 ? new MethodNotAllowedError(allowed) : new NotFoundError();
    }),
    "near-miss": app.fallback(access, refuseAsMissing),
    "no-document": createNoDocument(app),
  };
}

/** Any caller gets 404, with the CORS policy of the documents, so that pages can read the status. */
function createNoDocument({ fallback, parts }: App): Fallback {
  const [cors] = parts.flatMap(({ documents }) => documents?.cors ?? []);
  return fallback({ kind: "absent" }, refuseAsMissing, cors);
}

function refuseAsMissing(): never {
  throw new NotFoundError();
}
