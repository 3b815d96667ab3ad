import type { OriginAuthorization } from "../config/origin.ts";

/** Between two hops only (RFC 9110 section 7.6.1), and the like that never reach an origin. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Names that only the gate, or a proxy before the client's request, may speak under: identities, and overrides of the
 * path or method that was authorized. Compared with every character but letters and digits as `-`, since servers that
 * hand headers to programs as variables (RFC 3875 section 4.1.18) do the same.
 */
const reserved =
  /^(?:x-ms-client-principal|x-ms-token-|x-entra-|x-original-|x-rewrite-|x-http-method|x-method-override$|x-forwarded-(?:user|groups|email|preferred-username|access-token|uri|prefix|method|host|proto|scheme|ssl|port|path|server)|x-auth-request-|forwarded$|x-real-method|x-host$)/;

/**
 * Removes from a client's headers whatever could be mistaken for the gate's word, and what ends at this hop.
 *
 * @param headers are changed
 * @param keepUpgrade for a WebSocket, whose `Upgrade` is addressed to the origin
 */
export function stripRequestHeaders(headers: Headers, keepUpgrade: boolean): void {
  const nominated = (headers.get("connection") ?? "").toLowerCase().split(",");
  for (const name of [...headers.keys()]) {
    if (isStripped(name) || nominated.some((token) => token.trim() === name)) {
      if (!(keepUpgrade && name === "upgrade")) headers.delete(name);
    }
  }
}

function isStripped(name: string): boolean {
  return hopByHop.has(name) || reserved.test(name.replace(/[^a-z0-9]/g, "-"));
}

/**
 * Says where the client's request was addressed to, where the origin has another address.
 *
 * @param url of the client's request
 */
export function setForwardedHeaders(headers: Headers, url: URL): void {
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
}

/** Removes the caller's token where the origin must not see it. */
export function setAuthorization(headers: Headers, mode: OriginAuthorization): void {
  if (mode === "strip") headers.delete("authorization");
}
