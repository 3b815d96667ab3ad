/** The names of the gate's own cookies begin with this, after `__Host-` over https. */
export const ownCookiePrefix = "entra-gate-";

/**
 * Commas also separate cookies, where a server joins the headers of HTTP/2 with them. Browsers send a cookie without a
 * name as its value alone.
 */
const ownCookie = /(?:^|[;,])[\s=]*(?:__Host-)?entra-gate-/;
const isOther = (cookie: string) => !ownCookie.test(cookie);

/**
 * Removes the gate's own cookies from a request for the origin.
 *
 * @param cookies value of `Cookie`
 */
export function removeOwnCookies(headers: Headers, cookies: string): void {
  if (!isOther(cookies)) headers.set("cookie", cookies.split(/; */).filter(isOther).join("; "));
}

/** Removes cookies of the origin with names of the gate's own. @returns whether there were any */
export function refuseOwnCookies(headers: Headers): boolean {
  const cookies = headers.getSetCookie();
  if (cookies.every(isOther)) return false;
  headers.delete("set-cookie");
  for (const cookie of cookies.filter(isOther)) headers.append("set-cookie", cookie);
  return true;
}
