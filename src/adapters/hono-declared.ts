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

/** By middleware, what `requireAuth` and `or` were asked for. */
export const requirements = new WeakMap<object, Requirement>();
/** What `entra` made: it decides for itself, and answers with refusals only. */
export const guards = new WeakSet<object>();

/** What a caller must meet before anything behind a guard may answer. */
interface Declared {
  /** All of them; none stands for the default. */
  readonly wanted: readonly Requirement[];
  /** For the log. */
  readonly route: string | undefined;
}

/**
 * Finds every requirement that stands before the first handler or middleware that may answer. A requirement behind that is
 * another route's, and is met when it is reached.
 *
 * @param matched what Hono found for the request, from the guard on
 * @param guard that the request is at
 */
export function findDeclared([own, ...behind]: readonly RouterRoute[], guard: object): Declared {
  const wanted: Requirement[] = [];
  let route: string | undefined;
  // Where other middleware calls the guard, nobody knows what that does next.
  if (own === undefined || findTargetHandler(own.handler) !== guard) return { wanted, route };
  for (const { handler, method, path } of behind) {
    const target = findTargetHandler(handler);
    if (guards.has(target) || isPassThrough(target)) continue;
    const requirement = requirements.get(target);
    if (requirement !== undefined || route === undefined) route = `${method} ${path}`;
    if (requirement === undefined) break;
    wanted.push(requirement);
  }
  return { wanted, route };
}

/** What `entra` tells `entra-gate explain` and `doctor`. */
export interface HonoDecisions extends Decisions {
  findDeclared(matched: readonly RouterRoute[]): Declared;
}

/** Middleware of Hono that calls `next` on every path and never answers by itself. */
const factories = [compress, etag, logger, poweredBy, prettyJSON, requestId, secureHeaders, timing];

let knownTexts: ReadonlySet<string> | undefined;
/** By handler. */
const verdicts = new WeakMap<object, boolean>();

/**
 * Whether a handler only calls `next`, so that whatever answers stands behind it.
 *
 * A factory makes a new function each time, so its functions are recognized by their source text: functions with the same
 * text take the same path to `next`, whatever options they close over. Middleware of another copy of Hono is not recognized
 * where its text differs.
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

/** A runtime that keeps no source text says the same of every function: then none is recognized. */
function readTexts(): ReadonlySet<string> {
  const texts = factories.map((create) => Function.prototype.toString.call(create()));
  return new Set(texts.filter((text) => /\bawait\b/.test(text)));
}
