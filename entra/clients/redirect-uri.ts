import type { DirectoryApp } from "../directory/model.ts";

/** Platform of a redirect URI. `native` is *Mobile and desktop applications*. */
export type Platform = keyof DirectoryApp["redirectUris"];

const loopbackPort = /^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=\/|$)/;

/**
 * Returns the platform with which the app registered the URI; `undefined` if it did not. URIs are compared byte for
 * byte, except for the port on loopback. `http://localhost` also matches with a slash.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reply-url
 */
export function findPlatform({ redirectUris }: DirectoryApp, redirectUri: string): Platform | undefined {
  const withoutPort = redirectUri.replace(loopbackPort, "$1");
  const spellings = [redirectUri, withoutPort];
  if (withoutPort === "http://localhost") spellings.push("http://localhost/");
  if (withoutPort === "http://localhost/") spellings.push("http://localhost");
  const platforms = Object.entries(redirectUris) as [Platform, readonly string[]][];
  return platforms.find(([, uris]) => spellings.some((spelling) => uris.includes(spelling)))?.[0];
}
