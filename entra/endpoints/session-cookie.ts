import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const cookieName = "entra-session";

/** ID of the browser's session. */
export function readSessionId(c: Context): string | undefined {
  return getCookie(c, cookieName);
}

/** Browsers send the cookie from frames of other sites only with `SameSite=None`, which needs `Secure` and so https. */
export function writeSessionId(c: Context, id: string): void {
  const isSecure = new URL(c.req.url).protocol === "https:";
  setCookie(c, cookieName, id, { path: "/", httpOnly: true, secure: isSecure, sameSite: isSecure ? "None" : "Lax" });
}
