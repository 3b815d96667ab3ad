import type { OriginConfig } from "../config/origin.ts";
import { refuseOwnCookies, removeOwnCookies } from "../http/own-cookies.ts";

/** Gets who sent a cookie that was dropped. */
export type NoteCookie = (sender: "caller" | "origin") => void;

/** A cookie of RFC 2965, which RFC 6265 replaced. No origin needs it, but some clients still read and send it. */
const obsoleteName = "set-cookie2";
/** What sets or deletes cookies (W3C, Clear Site Data). */
const strippedNames = ["set-cookie", obsoleteName, "clear-site-data"];

/** Removes the cookies of a request that the origin must not get: all of them, or the gate's own. */
export function removeRequestCookies(headers: Headers, { cookies }: OriginConfig, note: NoteCookie | undefined): void {
  headers.delete("cookie2");
  if (cookies === "forward") removeOwnCookies(headers);
  else if (headers.has("cookie")) {
    headers.delete("cookie");
    note?.("caller");
  }
}

/**
 * Removes the cookies of the origin that the caller must not get: all of them, or those with names of the gate's own. An origin
 * without cookies cannot clear those of others either.
 *
 * @returns whether there were any
 */
export function removeResponseCookies(
  headers: Headers,
  { cookies }: OriginConfig,
  note: NoteCookie | undefined,
): boolean {
  const names = (cookies === "forward" ? [obsoleteName] : strippedNames).filter((name) => headers.has(name));
  for (const name of names) headers.delete(name);
  if (cookies === "forward") return refuseOwnCookies(headers) || names.length > 0;
  if (names.length > 0) note?.("origin");
  return names.length > 0;
}
