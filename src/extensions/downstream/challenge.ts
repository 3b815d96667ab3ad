import { readClaims } from "./token-response.ts";

/**
 * Reads the claims request from another API's challenge, for `onBehalfOf(scopes, { claims })`.
 *
 * @param response of the other API
 * @returns JSON text; `undefined` if the status is not 401, or there is no challenge with `insufficient_claims`
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 *
 * @example
 * const claims = readClaimsChallenge(await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } }));
 */
export function readClaimsChallenge(response: Pick<Response, "status" | "headers">): string | undefined {
  const header = response.headers.get("www-authenticate");
  if (response.status !== 401 || header === null || !/\berror="insufficient_claims"/i.test(header)) return undefined;
  const encoded = /\bclaims="([A-Za-z0-9+/_-]+={0,2})"/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  try {
    // APIs use both alphabets.
    return readClaims(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}
