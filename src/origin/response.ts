import { isSharedCacheRule, setPrivate } from "../http/private-response.ts";
import { hopByHopNames, readNominations } from "./request-headers.ts";

/**
 * Makes the client's answer of the origin's: what ends at this hop is removed, and an answer for one caller is kept out of
 * shared caches. The body is passed on unread, compressed as it came.
 *
 * @param authenticated whether the answer is for one caller
 * @param relocation where the origin has an address of its own, which its clients do not know
 */
export function passOn(response: Response, authenticated: boolean, relocation: Relocation | undefined): Response {
  const copy = new Response(response.body, response);
  const { headers } = copy;
  const nominated = readNominations(headers.get("connection"));
  // One walk for all rules: each copies all names out of the platform.
  for (const name of [...headers.keys()]) {
    if (hopByHopNames.has(name) || nominated.includes(name) || (authenticated && isSharedCacheRule(name))) {
      headers.delete(name);
    } else if (relocation !== undefined && isLocationName(name)) {
      moveLocation(headers, name, relocation);
    }
  }
  if (authenticated) setPrivate(headers);
  return copy;
}

/** What stays the same is not written again: its bytes might not survive it. */
function moveLocation(headers: Headers, name: string, relocation: Relocation): void {
  const value = headers.get(name) ?? "";
  const moved = relocate(value, relocation);
  if (moved !== value) headers.set(name, moved);
}

/** Where the same resource lies for the origin and for the gate's clients. */
export interface Relocation {
  /** ORIGIN_URL. */
  readonly from: URL;
  /** Origin of the client's request, without a slash at the end. */
  readonly to: string;
}

/** Headers whose value is one address of the origin's (RFC 9110 sections 8.7 and 10.2.2). */
export function isLocationName(name: string): boolean {
  return name === "location" || name === "content-location";
}

/** An address with an authority (RFC 3986 section 4.2). What only browsers take for one is none here: `http:\\host`. */
const withAuthority = /^((?:https?:)?\/\/[^/?#\\]*)([/?#].*)?$/is;

/**
 * Turns an address at the origin into the gate's: replaces the origin, and removes ORIGIN_URL's base path.
 *
 * @param value as the origin sent it
 * @returns the value itself where it is relative, malformed, or the address of anything else
 *
 * @example
 * relocate("http://127.0.0.1:9830/base/next?a", { from: new URL("http://127.0.0.1:9830/base"), to: "https://api.contoso.com" });
 * // https://api.contoso.com/next?a
 */
export function relocate(value: string, { from, to }: Relocation): string {
  const [, authority, rest = ""] = withAuthority.exec(value) ?? [];
  if (authority !== undefined) {
    return URL.parse(authority, from.href)?.origin === from.origin ? to + removeBase(rest, from) : value;
  }
  const path = removeBase(value, from);
  // What follows the base path may begin with a slash: as a value of its own, `//host/` would be another host.
  return path === value || URL.parse(path, to)?.origin === to ? path : to + path;
}

function removeBase(text: string, { pathname }: URL): string {
  const base = pathname.replace(/\/$/, "");
  if (!text.startsWith(base)) return text;
  const rest = text.slice(base.length);
  if (rest.startsWith("/")) return rest;
  return base !== "" && /^(?:$|[?#])/.test(rest) ? `/${rest}` : text;
}
