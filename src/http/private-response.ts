import { type HeaderValues, removeHeaders } from "./remove-headers.ts";
import { copyResponse } from "./response-copy.ts";

/**
 * Headers with caching rules for shared caches only. There they override `Cache-Control` (RFC 9213, and older ones).
 */
export const sharedCacheRule = /(?:-cache-control|^surrogate-control|^edge-control|^x-accel-expires)$/;

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
  const copy = copyResponse(response);
  makePrivate(copy.headers, copy.status);
  return copy;
}

/**
 * Does the same with the headers of a response. The platform sets those of a WebSocket response.
 *
 * @param headers are changed
 * @param status of the response
 */
export function makePrivate(headers: Headers, status: number): void {
  if (status === 101) return;
  setPrivate(
    headers,
    status,
    removeHeaders(headers, (name) => sharedCacheRule.test(name)),
  );
}

/**
 * Sets `Cache-Control` and `Vary` on headers that contain no {@link sharedCacheRule}.
 *
 * @param headers are changed
 * @param status of the response
 * @param values of the headers
 */
export function setPrivate(headers: Headers, status: number, values: HeaderValues): void {
  const cacheControl = values.get("cache-control");
  // The headers of a 304 replace those that a cache has stored with the 200, which was private (RFC 9111 section 3.2).
  const kept = privatize(cacheControl);
  if (status === 304 && !cacheControl) headers.delete("cache-control");
  else if (kept !== cacheControl) headers.set("cache-control", kept);
  const varies = /(?:^|,)\s*(?:\*|authorization)\s*(?:,|$)/i.test(values.get("vary") ?? "");
  if (!varies) headers.append("vary", "Authorization");
}

/**
 * Keeps only known private directives. `public`, `s-maxage`, `private` for some headers, and unknown directives become
 * `private`. An absent or empty header becomes `no-store`.
 */
function privatize(cacheControl: string | undefined): string {
  if (!cacheControl) return "no-store";
  // In any position, because other readers may parse quotes differently.
  const forbidden = /no-store/i.test(cacheControl);
  const directives = cacheControl.toLowerCase().replace(/\s/g, "").split(",");
  const kept = directives
    .map((directive) => (directive.startsWith("no-cache=") ? "no-cache" : directive))
    .filter((directive) => harmlessDirective.test(directive));
  return [forbidden ? "no-store" : "private", ...kept].join(", ");
}
