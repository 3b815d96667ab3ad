import type { Address } from "../app/address.ts";
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
 * Says where the client's request was addressed to: an origin under another address cannot know otherwise, and one
 * behind plain HTTP makes its links of it.
 *
 * @param address of the client's request
 */
export function setForwardedHeaders(headers: Headers, { host, protocol }: Address): void {
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", protocol.slice(0, -1));
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
