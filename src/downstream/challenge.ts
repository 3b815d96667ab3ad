import { readClaims } from "./answer.ts";

/**
 * Reads the claims request out of another API's challenge, for `onBehalfOf(scopes, { claims })`.
 *
 * @param response of the other API
 * @returns JSON text; `undefined` where the status is not 401, or no challenge of `insufficient_claims` is there
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
    // Both alphabets are about.
    return readClaims(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}
