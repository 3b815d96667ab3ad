import type { Client } from "./directory.ts";

const loopbackPort = /^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=\/|$)/;

/** True if the client registered the URI: compared byte for byte, but for the port on loopback. */
export function isRegisteredRedirect({ redirectUris }: Client, redirectUri: string): boolean {
  return redirectUris.includes(redirectUri) || redirectUris.includes(redirectUri.replace(loopbackPort, "$1"));
}
