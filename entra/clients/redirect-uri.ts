import type { Client } from "../directory/clients.ts";

/** Platform of a redirect URI. `native` is *Mobile and desktop applications*. */
export type Platform = "web" | "spa" | "native";

const loopbackPort = /^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=\/|$)/;

/**
 * Returns the platform with which the client registered the URI; `undefined` if it did not. URIs are compared byte for
 * byte, except for the port on loopback. `http://localhost` also matches with a slash.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reply-url
 */
export function findPlatform(client: Client, redirectUri: string): Platform | undefined {
  const withoutPort = redirectUri.replace(loopbackPort, "$1");
  const spellings = [redirectUri, withoutPort];
  if (withoutPort === "http://localhost") spellings.push("http://localhost/");
  if (withoutPort === "http://localhost/") spellings.push("http://localhost");
  if (!spellings.some((spelling) => client.redirectUris.includes(spelling))) return undefined;
  return client.platform ?? (isPublicClient(client) ? "native" : "web");
}

/** Whether the client has no credential. */
export function isPublicClient({ secret, platform }: Client): boolean {
  return secret === undefined && platform !== "web";
}
