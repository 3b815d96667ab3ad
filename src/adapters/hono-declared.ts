import type { MiddlewareHandler, RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import { isAccessRule, noHandler } from "../app/types/hooks.ts";
import type { Io } from "../base/common/io.ts";
import type { EntraOptions, SettingsInCode } from "../core/guard/entra-options.ts";
import type { Requirement } from "../core/policy/rule.ts";

/** The requirements of `requireAuth` and `anyOf`, by middleware. */
export const requirements = new WeakMap<object, Requirement>();
/** The middleware that `entra` created. It only returns refusals. */
export const guards = new WeakSet<object>();
/** The middleware that `passThrough` created. It only calls `next`. */
export const passing = new WeakSet<object>();

/** A requirement behind the last handler that can respond. */
interface Unused {
  /** The route of that handler. */
  readonly route: string;
  readonly problem: string;
}

/** The requirements before the first handler that can respond. */
interface Declared {
  /** A caller must meet all of them. If there are none, the default requirement applies. */
  readonly wanted: readonly Requirement[];
  /** For the log. */
  readonly route: string | undefined;
  /**
   * A mistake in the declaration of the route, with which a requirement has no effect, and no other requirement has
   * one.
   */
  readonly mistake?: string | undefined;
  /** A requirement without an effect on a route that has another. It may be meant for other routes. */
  readonly unused?: Unused | undefined;
  /**
   * What to write if middleware that may respond comes before the first requirement. Only the default then applies to
   * it.
   */
  readonly advice?: string | undefined;
}

/**
 * Finds every requirement before the first handler or middleware that can respond. A later requirement belongs to
 * another route, and is checked when the request reaches it.
 *
 * @param matched the handlers that Hono found for the request, from the guard on
 * @param guard that handles the request
 */
export function findDeclared([own, ...behind]: readonly RouterRoute[], guard: object): Declared {
  const wanted: Requirement[] = [];
  let route: string | undefined;
  // If other middleware calls the guard, its next action is unknown.
  if (own === undefined || findTargetHandler(own.handler) !== guard) return { wanted, route };
  for (const { handler, method, path } of behind) {
    const target = findTargetHandler(handler);
    if (typeof target !== "function" || isAccessRule(target)) {
      route ??= `${method} ${path}`;
      return { wanted, route, mistake: isAccessRule(target) ? noHandler : "a handler is not a function" };
    }
    if (guards.has(target) || passing.has(target)) continue;
    const requirement = requirements.get(target);
    if (requirement !== undefined || route === undefined) route = `${method} ${path}`;
    if (requirement === undefined) break;
    wanted.push(requirement);
  }
  return { wanted, route, ...examineOrder(behind), advice: wanted.length === 0 ? adviseMark(behind) : undefined };
}

/** Looks for a requirement behind the last handler that can respond. Without an earlier one, its place is a mistake. */
function examineOrder(behind: readonly RouterRoute[]): Pick<Declared, "mistake" | "unused"> {
  const last = behind.findLastIndex(canRespond);
  const late = behind.slice(last + 1).find(isRequirement);
  const responding = behind[last];
  if (late === undefined || responding === undefined) return {};
  if (behind.slice(0, last).some(isRequirement)) {
    const problem = `requireAuth on ${late.method} ${late.path} comes after the handler, and has no effect on this route`;
    return { unused: { route: `${responding.method} ${responding.path}`, problem } };
  }
  // A handler for all methods may be middleware that only calls `next`, before a path without a route.
  const isRoute = behind.some((each) => each.method !== "ALL" && !isRequirement(each));
  return isRoute ? { mistake: "requireAuth comes after the handler. Put it before" } : {};
}

function isRequirement({ handler }: RouterRoute): boolean {
  return requirements.has(findTargetHandler(handler));
}

function canRespond({ handler }: RouterRoute): boolean {
  const target = findTargetHandler(handler);
  return !guards.has(target) && !passing.has(target) && !requirements.has(target);
}

/** Middleware before a requirement often only calls `next`, which its code does not show. */
function adviseMark(behind: readonly RouterRoute[]): string | undefined {
  const found = behind.find(canRespond);
  if (found?.method !== "ALL" || !behind.some(isRequirement)) return undefined;
  // Bundlers and Hono itself number functions of the same name.
  const [name = "middleware"] = /^[^\d]+/.exec(findTargetHandler(found.handler).name) ?? [];
  return `${name} on ${found.path} comes before requireAuth and could respond. If it only calls next, write passThrough(${name}(…))`;
}

/** What `entra` shows to the command line. */
export interface HonoSettings extends SettingsInCode {
  findDeclared(matched: readonly RouterRoute[]): Declared;
  /** Creates the same guard with other options and interfaces, and with the configuration of `c.env`. */
  recreate(options: EntraOptions, io: Io): MiddlewareHandler;
}
