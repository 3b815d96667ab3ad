import { isSharedCacheRule, setPrivate } from "../http/private-response.ts";
import { hopByHopNames, readNominations } from "./header-names.ts";
import { isLocationName, type Relocation, relocate } from "./location.ts";

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
