/** Caching rules for shared caches alone, which would win over `Cache-Control` there (RFC 9213, and older ones). */
const targetedName = /(?:-cache-control|^surrogate-control|^edge-control|^x-accel-expires)$/;

/** Directives that leave an answer in a private cache, and nothing else, whoever reads them. */
const harmlessDirective =
  /^(?:(?:no-cache|no-transform|must-revalidate|proxy-revalidate|immutable)$|(?:max-age|stale-while-revalidate|stale-if-error)="?\d+"?$)/;

/**
 * Keeps an answer to an authenticated request out of shared caches (RFC 9111 section 3.5).
 *
 * @param response of a handler; its body is passed on unread
 */
export function keepPrivate(response: Response): Response {
  // The two ends of a WebSocket are in the response itself, which cannot be copied.
  if (response.status === 101) return response;
  const copy = new Response(response.body, response);
  makePrivate(copy.headers);
  return copy;
}

/**
 * Does the same to the headers of a response.
 *
 * @param headers are changed
 */
export function makePrivate(headers: Headers): void {
  for (const name of [...headers.keys()]) {
    if (isSharedCacheRule(name)) headers.delete(name);
  }
  setPrivate(headers);
}

/** Whether a header speaks to shared caches alone. */
export function isSharedCacheRule(name: string): boolean {
  return targetedName.test(name);
}

/**
 * What is left to do where no {@link isSharedCacheRule} is among the headers any more.
 *
 * @param headers are changed
 */
export function setPrivate(headers: Headers): void {
  headers.set("cache-control", privatize(headers.get("cache-control")));
  const varying = (headers.get("vary") ?? "").toLowerCase().split(",");
  if (!varying.some((name) => /^\s*(?:\*|authorization)\s*$/.test(name))) headers.append("vary", "Authorization");
}

/**
 * Writes the directives anew, of those that are known to open no shared cache: `public`, `s-maxage`, `private` for some
 * headers only and whatever nobody knows become `private`. None becomes `no-store`.
 */
function privatize(cacheControl: string | null): string {
  if (cacheControl === null || cacheControl.trim() === "") return "no-store";
  // Wherever it stands: other readers may see the quotes differently.
  const forbidden = /no-store/i.test(cacheControl);
  const directives = cacheControl.toLowerCase().replace(/\s+/g, "").split(",");
  const kept = directives
    .map((directive) => (directive.startsWith("no-cache=") ? "no-cache" : directive))
    .filter((directive) => harmlessDirective.test(directive));
  return [forbidden ? "no-store" : "private", ...kept].join(", ");
}

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
