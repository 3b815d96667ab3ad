import { isSharedCacheRule, setPrivate } from "../app/private-response.ts";
import { hopByHopNames, readNominations } from "./header-names.ts";

/**
 * Makes the client's answer of the origin's: what ends at this hop is removed, and an answer for one caller is kept out of
 * shared caches. The body is passed on unread, compressed as it came.
 *
 * @param authenticated whether the answer is for one caller
 */
export function passOn(response: Response, authenticated: boolean): Response {
  const copy = new Response(response.body, response);
  const { headers } = copy;
  const nominated = readNominations(headers.get("connection"));
  // One walk for both rules: each copies all names out of the platform.
  for (const name of [...headers.keys()]) {
    if (hopByHopNames.has(name) || nominated.includes(name) || (authenticated && isSharedCacheRule(name))) {
      headers.delete(name);
    }
  }
  if (authenticated) setPrivate(headers);
  return copy;
}
