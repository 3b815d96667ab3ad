import type { Exchange } from "./exchange.ts";
import { keepPrivate } from "./private-response.ts";

/**
 * The last step of every answer, whoever serves it. An answer for one caller is kept out of shared caches, whatever a handler,
 * a hook, an error or an origin says about caching. An answer to HEAD is that to GET without its body, which not every
 * platform leaves out by itself (RFC 9110 section 9.3.2).
 */
export function completeAnswer({ method, principal, privateAnswer }: Exchange, response: Response): Response {
  const kept = principal === undefined || response === privateAnswer ? response : keepPrivate(response);
  if (method !== "HEAD" || kept.body === null) return kept;
  // Nobody reads it any more; what it came from may be told.
  kept.body.cancel().catch(() => {});
  return new Response(null, kept);
}
