import { formatIssuer, formatIssuerV1, type IssuerHost } from "../common/authority.ts";
import type { DirectoryApp, DirectoryTenant, DirectoryUser } from "../directory/model.ts";
import { asksForEmail } from "../directory/scope.ts";
import { createOpaque, derivePairwiseSubject, type RandomBytes } from "../directory/subject.ts";
import { type Claims, createNameClaimsV1, listOptionalClaims, tokenLifetimeSeconds } from "./access-token.ts";

export interface IdTokenInput {
  readonly authority: string;
  readonly issuerHost: IssuerHost | undefined;
  readonly tenant: DirectoryTenant;
  readonly user: DirectoryUser;
  /**
   * Client ID of the client that the user signed in to. With the API's own ID, the ID token resembles an access token
   * most.
   */
  readonly audience: string;
  /** The client, if the directory has it. */
  readonly client: DirectoryApp | undefined;
  /** App roles of the user. An ID token can have them too. */
  readonly roles: readonly string[];
  readonly nonce: string | undefined;
  /** Version of the endpoint that issues it. */
  readonly version: 1 | 2;
  readonly nowSeconds: number;
  readonly signedInAtSeconds?: number;
  readonly randomBytes: RandomBytes;
}

/**
 * Claims that a scope of the request adds. A user without an email address has no claim `email`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-email-scope
 */
export function listScopeClaims(scope: string, { email }: DirectoryUser): Claims {
  return asksForEmail(scope) && email !== undefined ? { email } : {};
}

/**
 * Creates the claims of an ID token. It has the same issuer, keys and header as an access token, but no `scp` and no
 * `azp`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 */
export async function createIdTokenClaims(input: IdTokenInput): Promise<Claims> {
  const { authority, issuerHost, tenant, user, audience, roles, nonce, version, nowSeconds, randomBytes } = input;
  return {
    aud: audience,
    iss: version === 1 ? formatIssuerV1(authority, tenant.id) : formatIssuer(authority, tenant.id, issuerHost),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + tokenLifetimeSeconds,
    ...(user.homeTenant.id !== tenant.id && { idp: formatIssuerV1(authority, user.homeTenant.id) }),
    aio: createOpaque(randomBytes, 48),
    name: user.name,
    ...(nonce !== undefined && { nonce }),
    oid: user.oid,
    ...(version === 1 ? createNameClaimsV1(user) : { preferred_username: user.username }),
    rh: `1.${createOpaque(randomBytes, 32)}.`,
    ...(roles.length > 0 && { roles }),
    sub: await derivePairwiseSubject(user.oid, audience),
    tid: tenant.id,
    uti: createOpaque(randomBytes),
    ver: version === 1 ? "1.0" : "2.0",
    ...listOptionalClaims(input.client?.optionalClaims.idToken ?? [], user, input.signedInAtSeconds ?? nowSeconds),
  };
}
