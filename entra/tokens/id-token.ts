import { formatIssuer, formatIssuerV1 } from "../common/authority.ts";
import { type Tenant, tenants } from "../directory/directory.ts";
import type { Persona } from "../directory/personas.ts";
import { createOpaque, derivePairwiseSubject, type RandomBytes } from "../directory/subject.ts";
import { type Claims, tokenLifetimeSeconds } from "./access-token.ts";

export interface IdTokenInput {
  readonly authority: string;
  readonly tenant: Tenant;
  readonly persona: Persona;
  /** The client that the user signed in to. With the API's own ID, the ID token resembles an access token most. */
  readonly audience: string;
  /** App roles of the user. An ID token can have them too. */
  readonly roles: readonly string[];
  readonly nonce: string | undefined;
  readonly nowSeconds: number;
  readonly randomBytes: RandomBytes;
}

/**
 * Creates the claims of a v2.0 ID token. It has the same issuer, keys and header as an access token, but no `scp` and
 * no `azp`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 */
export async function createIdTokenClaims(input: IdTokenInput): Promise<Claims> {
  const { authority, tenant, persona, audience, roles, nonce, nowSeconds, randomBytes } = input;
  const home = tenants[persona.homeTenant];
  return {
    aud: audience,
    iss: formatIssuer(authority, tenant.id),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + tokenLifetimeSeconds,
    ...(home.id !== tenant.id && { idp: formatIssuerV1(authority, home.id) }),
    name: persona.name,
    ...(nonce !== undefined && { nonce }),
    oid: persona.oid,
    preferred_username: persona.username,
    rh: `1.${createOpaque(randomBytes, 32)}.`,
    ...(roles.length > 0 && { roles }),
    sub: await derivePairwiseSubject(persona.oid, audience),
    tid: tenant.id,
    uti: createOpaque(randomBytes),
    ver: "2.0",
  };
}
