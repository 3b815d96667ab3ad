import { setPrivate, sharedCacheRule } from "../base/http/outgoing-response.ts";
import { refuseOwnCookies } from "../base/http/own-cookies.ts";
import type { Address } from "../base/http/path.ts";
import { type HeaderValues, removeHeaders } from "../base/http/remove-headers.ts";
import { copyResponse, hideBodyErrors } from "../base/http/response-copy.ts";
import { trim } from "../base/http/trim.ts";
import type { OriginConfig } from "../core/config/origin.ts";
import { hopByHopNames, type NoteCookie, readNominations } from "./request-headers.ts";

/**
 * Creates the client's response from the origin's. It removes hop-by-hop headers, and keeps a response for one caller
 * out of shared caches. The body is passed on unread, with its compression.
 *
 * @param address of the client's request
 * @param authenticated whether the response is for one caller
 */
export function passOn(
  response: Response,
  config: OriginConfig,
  address: Address,
  authenticated: boolean,
  noteCookie?: NoteCookie,
): Response {
  const { target } = config;
  // A service is code of the operator, whose errors keep their message.
  const copy = copyResponse(response, target.kind === "service" ? response.body : hideBodyErrors(response));
  const { headers } = copy;
  const nominated = readNominations(headers.get("connection"));
  const values = removeHeaders(
    headers,
    (name) => hopByHopNames.has(name) || nominated.has(name) || (authenticated && sharedCacheRule.test(name)),
  );
  removeResponseCookies(headers, values, config, noteCookie);
  // Requests to an origin without a URL have the gate's own address.
  if (target.url !== undefined) {
    for (const name of locationNames) {
      const value = values.get(name);
      const moved = value && relocate(value, { from: target.url, to: address.origin });
      // An unchanged value is not set again, because this could change its bytes.
      if (moved !== undefined && moved !== value) headers.set(name, moved);
    }
  }
  if (authenticated) setPrivate(headers, copy.status, values);
  return copy;
}

/** A cookie of RFC 2965, which RFC 6265 replaced. No origin needs it, but some clients still read and send it. */
const obsoleteNames = ["set-cookie2"];
/** What sets or deletes cookies (W3C, Clear Site Data). */
const cookieNames = ["set-cookie", ...obsoleteNames, "clear-site-data"];

/**
 * Removes the cookies of the origin that the caller must not get: all of them, or those with names of the gate's own.
 * An origin without cookies cannot clear those of others either.
 *
 * @param headers are changed
 * @param values of the headers
 * @returns whether there were any
 */
export function removeResponseCookies(
  headers: Headers,
  values: HeaderValues,
  { cookies }: OriginConfig,
  note: NoteCookie | undefined,
): boolean {
  const names = (cookies === "forward" ? obsoleteNames : cookieNames).filter((name) => values.has(name));
  for (const name of names) headers.delete(name);
  if (cookies === "forward") return (values.has("set-cookie") && refuseOwnCookies(headers)) || names.length > 0;
  if (names.length > 0) note?.("origin");
  return names.length > 0;
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

/**
 * Scheme of an address without white space, and the slashes before an authority, as the URL Standard finds them beside
 * a base address with the same scheme: `http:/path` and `http:path` have no authority. A backslash is a slash.
 */
const addressStart = /^(https?:)?([/\\]{2,})?/i;

/**
 * Converts an address of the origin to the gate's, as clients read it: replaces the origin and removes the base path of
 * the origin's URL.
 *
 * @param value as the origin sent it
 * @returns the unchanged value if it leads to another server than the origin, or to the gate without the base path
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 *
 * @example
 * relocate("http://127.0.0.1:9830/base/next?a", { from: new URL("http://127.0.0.1:9830/base"), to:
 * "https://api.contoso.com" }); // https://api.contoso.com/next?a
 */
export function relocate(value: string, { from, to }: Relocation): string {
  const there = URL.parse(value, from.href);
  if (there?.protocol !== from.protocol || there.host !== from.host) return value;
  const leadsToGate = URL.parse(value, to)?.origin === to;
  const text = trim(value.replace(/[\t\n\r]/g, ""), /[\0-\x20]/);
  const [start = "", scheme, slashes] = addressStart.exec(text) ?? [];
  const afterStart = text.slice(start.length);
  const found = slashes === undefined ? afterStart : afterStart.replace(/^[^/\\?#]+/, "");
  const rest = found.replace(/^[^?#]+/, (path) => path.replaceAll("\\", "/"));
  const path = removeBase(rest, from);
  if (leadsToGate && path === rest) return value;
  // Without the gate's origin, `//host/` would be another host.
  const isWhole = slashes !== undefined || path.startsWith("//") || (scheme !== undefined && path.startsWith("/"));
  if (isWhole) return to + path;
  if (leadsToGate) return path;
  return /^[?#]/.test(path) ? path : path === "" ? "#" : `./${path}`;
}

function removeBase(text: string, { pathname }: URL): string {
  const base = pathname.replace(/\/$/, "");
  if (!text.startsWith(base)) return text;
  const rest = text.slice(base.length);
  if (rest.startsWith("/")) return rest;
  return base !== "" && /^(?:$|[?#])/.test(rest) ? `/${rest}` : text;
}
