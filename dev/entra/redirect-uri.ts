import type { Client } from "./directory.ts";

/** True if the client registered the URI. The port is free on loopback (RFC 8252 section 7.3). */
export function isRegisteredRedirect(client: Client, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  return client.redirectUris.includes(removeLoopbackPort(new URL(redirectUri)));
}

function removeLoopbackPort(url: URL): string {
  const copy = new URL(url);
  if (copy.hostname === "localhost" || copy.hostname === "127.0.0.1") copy.port = "";
  return copy.href;
}
