import type { OriginConfig } from "../config/origin.ts";
import { refuseOwnCookies, removeOwnCookies } from "../http/own-cookies.ts";

/** Gets who sent a cookie that was dropped. */
export type NoteCookie = (sender: "caller" | "origin") => void;

/** Removes the cookies of a request that the origin must not get: all of them, or the gate's own. */
export function removeRequestCookies(headers: Headers, { cookies }: OriginConfig, note: NoteCookie | undefined): void {
  if (cookies === "forward") removeOwnCookies(headers);
  else if (headers.has("cookie")) {
    headers.delete("cookie");
    note?.("caller");
  }
}

/**
 * Removes the cookies of the origin that the caller must not get: all of them, or those with names of the gate's own.
 *
 * @returns whether there were any
 */
export function removeResponseCookies(
  headers: Headers,
  { cookies }: OriginConfig,
  note: NoteCookie | undefined,
): boolean {
  if (cookies === "forward") return refuseOwnCookies(headers);
  if (!headers.has("set-cookie")) return false;
  headers.delete("set-cookie");
  note?.("origin");
  return true;
}
