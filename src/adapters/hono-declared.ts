import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { Requirement } from "../policy/requirement.ts";
import type { Decisions } from "./configuration.ts";

/** The requirements of `requireAuth` and `anyOf`, by middleware. */
export const requirements = new WeakMap<object, Requirement>();
/** The middleware that `entra` created. It only returns refusals. */
export const guards = new WeakSet<object>();
/** The middleware that `passThrough` created. It only calls `next`. */
export const passing = new WeakSet<object>();

/** The requirements before the first handler that can respond. */
interface Declared {
  /** A caller must meet all of them. If there are none, the default requirement applies. */
  readonly wanted: readonly Requirement[];
  /** For the log. */
  readonly route: string | undefined;
  /** A mistake in the declaration of the route, with which a requirement has no effect. */
  readonly mistake?: string | undefined;
  /** What to write if middleware that may respond comes before the first requirement. Only the default then applies to it. */
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
    if (typeof target !== "function") {
      route ??= `${method} ${path}`;
      return { wanted, route, mistake: "a handler is not a function. Import requireAuth from entra-gate/hono" };
    }
    if (guards.has(target) || passing.has(target)) continue;
    const requirement = requirements.get(target);
    if (requirement !== undefined || route === undefined) route = `${method} ${path}`;
    if (requirement === undefined) break;
    wanted.push(requirement);
  }
  const mistake =
    wanted.length === 0 && isLate(behind) ? "requireAuth comes after the handler. Put it before" : undefined;
  return { wanted, route, mistake, advice: wanted.length === 0 ? adviseMark(behind) : undefined };
}

/** Middleware before a requirement often only calls `next`, which its code does not show. */
function adviseMark(behind: readonly RouterRoute[]): string | undefined {
  const targets = behind.map(({ handler }) => findTargetHandler(handler));
  const first = targets.findIndex((target) => !guards.has(target) && !passing.has(target));
  const found = behind[first];
  if (found?.method !== "ALL" || !targets.some((target) => requirements.has(target))) return undefined;
  // Bundlers and Hono itself number functions of the same name.
  const [name = "middleware"] = /^[^\d]+/.exec(targets[first]?.name ?? "") ?? [];
  return `${name} on ${found.path} comes before requireAuth and could respond. If it only calls next, write passThrough(${name}(…))`;
}

/**
 * Whether the last handler is a requirement, behind a handler for one method. That handler must respond, because nothing
 * comes after the requirement.
 */
function isLate(behind: readonly RouterRoute[]): boolean {
  const isRequirement = ({ handler }: RouterRoute) => requirements.has(findTargetHandler(handler));
  const last = behind.at(-1);
  if (last === undefined || !isRequirement(last)) return false;
  return behind.some((each) => each.method !== "ALL" && !isRequirement(each));
}

/** The data of `entra` for `entra-gate explain` and `doctor`. */
export interface HonoDecisions extends Decisions {
  findDeclared(matched: readonly RouterRoute[]): Declared;
}
