import type { Refusal } from "../refusal.ts";

/**
 * Writes a `WWW-Authenticate` value (RFC 6750 section 3; `authorization_uri` and `claims` as in Microsoft's claims
 * challenge). Clients split it at commas and equal signs, so nothing that is written here holds one but `claims`; a scope
 * that does is its route's own.
 *
 * @param authorizationUri sign-in page of the authority; on `/common`, where the realm is empty. Empty: no page is known
 * @param challenge from a refusal
 */
export function writeChallenge(authorizationUri: string, challenge: NonNullable<Refusal["challenge"]>): string {
  const { error, scopes, claims } = challenge;
  let value = 'Bearer realm=""';
  if (authorizationUri !== "") value += `, authorization_uri="${authorizationUri}"`;
  if (error !== undefined) value += `, error="${error}"`;
  if (scopes !== undefined) value += `, scope="${scopes.join(" ")}"`;
  // Plain base64: Microsoft's clients do not expect the URL-safe alphabet here.
  if (claims !== undefined) value += `, claims="${btoa(claims)}"`;
  return value;
}
