/** Headers with caching rules for shared caches only. There they override `Cache-Control` (RFC 9213, and older ones). */
const targetedName = /(?:-cache-control|^surrogate-control|^edge-control|^x-accel-expires)$/;

/** Directives that cannot make a response public. */
const harmlessDirective =
  /^(?:(?:no-cache|no-transform|must-revalidate|proxy-revalidate|immutable)$|(?:max-age|stale-while-revalidate|stale-if-error)="?\d+"?$)/;

/**
 * Prevents shared caches from storing the response to an authenticated request (RFC 9111 section 3.5).
 *
 * @param response its body is passed on unread
 * @returns a copy, which code of the app that still holds the response cannot change
 * @throws TypeError if the body was already read, or has a reader
 */
export function copyPrivate(response: Response): Response {
  return makeOwnPrivate(copyResponse(response));
}

/** Copies a response, so that its headers can be changed. */
export function copyResponse(response: Response): Response {
  // The response holds the two ends of a WebSocket and cannot be copied.
  return response.status === 101 ? response : new Response(response.body, response);
}

/** Does the same in place with a response whose headers can be changed, or of a WebSocket. */
export function makeOwnPrivate(response: Response): Response {
  if (response.status !== 101) makePrivate(response.headers);
  return response;
}

/**
 * Changes the headers of a response in the same way.
 *
 * @param headers are changed
 */
export function makePrivate(headers: Headers): void {
  removeHeaders(headers, isSharedCacheRule);
  setPrivate(headers);
}

/** Removes headers by name. It asks the platform for all names at once, which is faster than an iterator. */
export function removeHeaders(headers: Headers, isRemoved: (name: string) => boolean): void {
  const removed: string[] = [];
  headers.forEach((_value, name) => {
    if (isRemoved(name)) removed.push(name);
  });
  for (const name of removed) headers.delete(name);
}

/** Whether a header applies only to shared caches. */
export function isSharedCacheRule(name: string): boolean {
  return targetedName.test(name);
}

/**
 * Sets `Cache-Control` and `Vary` on headers that contain no {@link isSharedCacheRule}.
 *
 * @param headers are changed
 */
export function setPrivate(headers: Headers): void {
  headers.set("cache-control", privatize(headers.get("cache-control")));
  const varies = /(?:^|,)\s*(?:\*|authorization)\s*(?:,|$)/i.test(headers.get("vary") ?? "");
  if (!varies) headers.append("vary", "Authorization");
}

/**
 * Keeps only known private directives. `public`, `s-maxage`, `private` for some headers, and unknown directives become
 * `private`. An absent or empty header becomes `no-store`.
 */
function privatize(cacheControl: string | null): string {
  if (!cacheControl) return "no-store";
  // In any position, because other readers may parse quotes differently.
  const forbidden = /no-store/i.test(cacheControl);
  const directives = cacheControl.toLowerCase().replace(/\s/g, "").split(",");
  const kept = directives
    .map((directive) => (directive.startsWith("no-cache=") ? "no-cache" : directive))
    .filter((directive) => harmlessDirective.test(directive));
  return [forbidden ? "no-store" : "private", ...kept].join(", ");
}

/**
 * Completes every response. The response to one caller is kept out of shared caches, whatever its headers say. The
 * response to HEAD loses its body, because not every platform removes it (RFC 9110 section 9.3.2).
 *
 * @param isPrivate whether the response is for one caller and its headers are not yet private
 */
export function completeResponse(method: string, response: Response, isPrivate: boolean): Response {
  const kept = isPrivate ? copyPrivate(response) : response;
  if (method !== "HEAD" || kept.body === null) return kept;
  // Tells the source that the body is not read.
  kept.body.cancel().catch(() => {});
  return new Response(null, kept);
}
