import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { logger } from "hono/logger";
import { poweredBy } from "hono/powered-by";
import { prettyJSON } from "hono/pretty-json";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";
import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { Requirement } from "../policy/requirement.ts";
import type { Decisions } from "./configuration.ts";

/** The requirements of `requireAuth` and `anyOf`, by middleware. */
export const requirements = new WeakMap<object, Requirement>();
/** The middleware that `entra` created. It only returns refusals. */
export const guards = new WeakSet<object>();

/** The requirements before the first handler that can respond. */
interface Declared {
  /** A caller must meet all of them. If there are none, the default requirement applies. */
  readonly wanted: readonly Requirement[];
  /** For the log. */
  readonly route: string | undefined;
  /** A mistake in the declaration of the route, with which a requirement has no effect. */
  readonly mistake?: string | undefined;
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
    if (guards.has(target) || isPassThrough(target)) continue;
    const requirement = requirements.get(target);
    if (requirement !== undefined || route === undefined) route = `${method} ${path}`;
    if (requirement === undefined) break;
    wanted.push(requirement);
  }
  const mistake =
    wanted.length === 0 && isLate(behind) ? "requireAuth comes after the handler. Put it before" : undefined;
  return { wanted, route, mistake };
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

/** Hono's middleware that calls `next` on every path and never responds. */
const factories = [compress, etag, logger, poweredBy, prettyJSON, requestId, secureHeaders, timing];

let knownTexts: ReadonlySet<string> | undefined;
/** Results by handler. */
const verdicts = new WeakMap<object, boolean>();

/**
 * Whether a handler only calls `next`, so that only later handlers can respond.
 *
 * A factory creates a new function each time, so the source text identifies its functions. Functions with the same text
 * call `next` in the same cases, whatever options they have. Middleware of another copy of Hono is not recognized if
 * its text differs.
 *
 * @param handler as Hono found it for the request
 */
export function isPassThrough(handler: object): boolean {
  let verdict = verdicts.get(handler);
  if (verdict === undefined) {
    knownTexts ??= readTexts();
    verdict = knownTexts.has(Function.prototype.toString.call(handler));
    verdicts.set(handler, verdict);
  }
  return verdict;
}

/** On a runtime without source text, all functions look the same, so none is recognized. */
function readTexts(): ReadonlySet<string> {
  const texts = factories.map((create) => Function.prototype.toString.call(create()));
  return new Set(texts.filter((text) => /\bawait\b/.test(text)));
}
