import { refuseOwnCookies } from "../http/own-cookies.ts";
import { copyResponse, isSharedCacheRule, setPrivate } from "../http/private-response.ts";
import { removeHeaders } from "../http/remove-headers.ts";
import { hopByHopNames, readNominations } from "./request-headers.ts";

/**
 * Creates the client's response from the origin's. It removes hop-by-hop headers, and keeps a response for one caller
 * out of shared caches. The body is passed on unread, with its compression.
 *
 * @param authenticated whether the response is for one caller
 * @param relocation present if the origin has its own address, which clients do not know
 */
export function passOn(response: Response, authenticated: boolean, relocation: Relocation | undefined): Response {
  const copy = copyResponse(response);
  const { headers } = copy;
  const nominated = readNominations(headers.get("connection"));
  removeHeaders(
    headers,
    (name) => hopByHopNames.has(name) || nominated.has(name) || (authenticated && isSharedCacheRule(name)),
  );
  refuseOwnCookies(headers);
  if (relocation !== undefined) for (const name of locationNames) moveLocation(headers, name, relocation);
  if (authenticated) setPrivate(headers, copy.status);
  return copy;
}

/** Unchanged values are not set again, because this could change their bytes. */
function moveLocation(headers: Headers, name: string, relocation: Relocation): void {
  const value = headers.get(name);
  if (value === null) return;
  const moved = relocate(value, relocation);
  if (moved !== value) headers.set(name, moved);
}

/** The addresses of a resource for the origin and for the gate's clients. */
export interface Relocation {
  /** The origin's URL. */
  readonly from: URL;
  /** Origin of the client's request, without a slash at the end. */
  readonly to: string;
}

/** Headers with one address of the origin (RFC 9110 sections 8.7 and 10.2.2). */
const locationNames = ["location", "content-location"];

/** An address with an authority (RFC 3986 section 4.2). `http:\\host`, which only browsers accept, does not match. */
const withAuthority = /^((?:https?:)?\/\/[^/?#\\]*)([/?#].*)?$/is;

/**
 * Converts an address of the origin to the gate's: replaces the origin and removes the base path of the origin's URL.
 *
 * @param value as the origin sent it
 * @returns the unchanged value if it is relative, malformed, or an address of another server
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
  // The rest can start with a slash. Without the gate's origin, `//host/` would be another host.
  return path === value || URL.parse(path, to)?.origin === to ? path : to + path;
}

function removeBase(text: string, { pathname }: URL): string {
  const base = pathname.replace(/\/$/, "");
  if (!text.startsWith(base)) return text;
  const rest = text.slice(base.length);
  if (rest.startsWith("/")) return rest;
  return base !== "" && /^(?:$|[?#])/.test(rest) ? `/${rest}` : text;
}
