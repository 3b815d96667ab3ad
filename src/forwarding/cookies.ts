import type { OriginConfig } from "../config/origin.ts";
import { refuseOwnCookies, removeOwnCookies } from "../http/own-cookies.ts";
import type { HeaderValues } from "../http/remove-headers.ts";

/** Gets who sent a cookie that was dropped. */
export type NoteCookie = (sender: "caller" | "origin") => void;

/** A cookie of RFC 2965, which RFC 6265 replaced. No origin needs it, but some clients still read and send it. */
const obsoleteNames = ["set-cookie2"];
/** What sets or deletes cookies (W3C, Clear Site Data). */
const strippedNames = ["set-cookie", ...obsoleteNames, "clear-site-data"];

/**
 * Removes the cookies of a request that the origin must not get: all of them, or the gate's own.
 *
 * @param headers are changed
 * @param values of the headers
 */
export function removeRequestCookies(
  headers: Headers,
  values: HeaderValues,
  { cookies }: OriginConfig,
  note: NoteCookie | undefined,
): void {
  if (values.has("cookie2")) headers.delete("cookie2");
  const sent = values.get("cookie");
  if (sent === undefined) return;
  if (cookies === "forward") removeOwnCookies(headers, sent);
  else {
    headers.delete("cookie");
    note?.("caller");
  }
}

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
  const names = (cookies === "forward" ? obsoleteNames : strippedNames).filter((name) => values.has(name));
  for (const name of names) headers.delete(name);
  if (cookies === "forward") return (values.has("set-cookie") && refuseOwnCookies(headers)) || names.length > 0;
  if (names.length > 0) note?.("origin");
  return names.length > 0;
}
