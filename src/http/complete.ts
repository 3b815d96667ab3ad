import { keepPrivate } from "./private-response.ts";

/**
 * The last step of every response, whoever serves it. A response to one caller is kept out of shared caches, whatever a
 * handler, a hook, an error or an origin says about caching. The response to HEAD is that to GET without its body, which not
 * every platform leaves out by itself (RFC 9110 section 9.3.2).
 *
 * @param isPrivate whether the response is for one caller, and its headers are still to be changed
 */
export function completeResponse(method: string, response: Response, isPrivate: boolean): Response {
  const kept = isPrivate ? keepPrivate(response) : response;
  if (method !== "HEAD" || kept.body === null) return kept;
  // Nobody reads it any more; what it came from may be told.
  kept.body.cancel().catch(() => {});
  return new Response(null, kept);
}
