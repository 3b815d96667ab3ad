import type { OriginAuthorization } from "../config/origin.ts";
import { isStrippedName, readNominations } from "./header-names.ts";

/**
 * Removes from a client's headers whatever could be mistaken for the gate's word, and what ends at this hop.
 *
 * @param headers are changed; nothing of the gate's is among them yet
 */
export function stripRequestHeaders(headers: Headers): void {
  const nominated = readNominations(headers.get("connection"));
  for (const name of [...headers.keys()]) {
    if (isStrippedName(name) || nominated.includes(name)) headers.delete(name);
  }
}

/**
 * Sets the token that the origin gets: one of its own, the caller's, or none.
 *
 * @param own credential in place of the caller's
 */
export function setAuthorization(headers: Headers, mode: OriginAuthorization, own: string | undefined): void {
  if (own !== undefined) headers.set("authorization", own);
  // On a public route nothing was exchanged, and what came with the request is meant for nobody else.
  else if (mode !== "forward") headers.delete("authorization");
}
