/** Caching rules for shared caches alone (RFC 9213), which would win over `Cache-Control` there. */
const targeted = ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"];

/**
 * Keeps an answer to an authenticated request out of shared caches (RFC 9111 section 3.5).
 *
 * @param response of a handler or an origin; its body is passed on unread
 */
export function keepPrivate(response: Response): Response {
  // The two ends of a WebSocket are in the response itself, which cannot be copied.
  if (response.status === 101) return response;
  const copy = new Response(response.body, response);
  makePrivate(copy.headers);
  return copy;
}

function makePrivate(headers: Headers): void {
  for (const name of targeted) headers.delete(name);
  headers.set("cache-control", privatize(headers.get("cache-control")));
  const vary = headers.get("vary");
  if (vary === null || vary === "") headers.set("vary", "Authorization");
  else if (!vary.includes("*") && !/(?:^|,)\s*authorization\s*(?:,|$)/i.test(vary))
    headers.append("vary", "Authorization");
}

/** `public`, `s-maxage` and whatever else opens a shared cache become `private`. */
function privatize(cacheControl: string | null): string {
  const directives =
    (cacheControl ?? "").match(/[^,"]+(?:"[^"]*")?[^,"]*/g)?.map((directive) => directive.trim()) ?? [];
  const kept = directives.filter((directive) => directive !== "" && !/^(?:public|s-maxage|private)\b/i.test(directive));
  if (kept.some((directive) => /^no-store$/i.test(directive))) return kept.join(", ");
  return directives.some((directive) => directive !== "") ? ["private", ...kept].join(", ") : "no-store";
}
