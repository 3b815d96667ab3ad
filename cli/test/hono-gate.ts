import type { MiddlewareHandler, RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { HonoSettings } from "../../src/cli-exports/gate.ts";
import { honoSettingsOf, isFinal, isPassing, requirementOf } from "../project/framework-tables.ts";
import type { HonoApp, HonoMatch } from "../project/gate-code.ts";
import { allowedStatus, createRequest, type TrialGate } from "./trial-gate.ts";

/**
 * Sends requests through the router and the `fetch` of a Hono app. Its guards are created again, with the test
 * authority of a trial gate. Handlers answer 200, and middleware before a guard calls `next`.
 */
export function createHonoGate(app: HonoApp, { options, io, base, authority: { environment } }: TrialGate) {
  const guards = new Map<HonoSettings, MiddlewareHandler>();
  const guardOf = (settings: HonoSettings) => {
    const guard = guards.get(settings) ?? settings.recreate(options, io);
    guards.set(settings, guard);
    return guard;
  };
  const copy = app.basePath("/");
  copy.router = {
    name: app.router.name,
    match(method, path) {
      const [matched, ...others] = app.router.match(method, path);
      return [replaceHandlers(matched, guardOf), ...others];
    },
  };
  copy.notFound(() => new Response(null, { status: 404 }));
  copy.onError(() => new Response(null, { status: 500 }));
  return (method: string, path: string, token: string | undefined) =>
    copy.fetch(createRequest(base, method, path, token), environment);
}

function replaceHandlers(matched: HonoMatch[0], guardOf: (settings: HonoSettings) => MiddlewareHandler): HonoMatch[0] {
  const first = matched.findIndex(([[, { handler }]]) => honoSettingsOf(handler) !== undefined);
  return matched.map(([[, route], ...others], index) => {
    const settings = honoSettingsOf(route.handler);
    // A guard looks for itself among the routes of the request.
    const handler = settings === undefined ? route.handler : guardOf(settings);
    const own = settings === undefined ? replaceHandler(route, first === -1 ? undefined : index > first) : handler;
    return [[own, { ...route, handler }], ...others];
  });
}

/** @param isGuarded whether the guard of the request has run before it; `undefined` if there is none */
function replaceHandler({ method, handler }: RouterRoute, isGuarded: boolean | undefined): MiddlewareHandler {
  if (requirementOf(handler) !== undefined) {
    // Without a guard, it would write its log to the output of the command.
    return isGuarded ? (findTargetHandler(handler) as MiddlewareHandler) : answerWith(500);
  }
  const mayCallNext = !isGuarded && (isGuarded === false || method === "ALL") && !isFinal(handler);
  const isMiddleware = isPassing(handler) || mayCallNext;
  return isMiddleware ? (_, next) => next() : answerWith(allowedStatus);
}

function answerWith(status: number): MiddlewareHandler {
  return async () => new Response(null, { status });
}
