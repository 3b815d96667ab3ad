import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { logger } from "hono/logger";
import { poweredBy } from "hono/powered-by";
import { prettyJSON } from "hono/pretty-json";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";

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
