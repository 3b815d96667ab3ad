import { findCloudInstanceName, formatIssuer, formatIssuerV1, tenantPlaceholder } from "../common/authority.ts";
import { tenants } from "../directory/directory.ts";
import type { RingKey } from "../keys/key-ring.ts";

export type DocumentVersion = 1 | 2;

type Document = Readonly<Record<string, unknown>>;

/**
 * Creates the OpenID Connect metadata. `common` and `organizations` have the template instead of a tenant.
 *
 * @param segment the tenant as the request's path names it; the URLs of the endpoints keep it
 * @param tenantId GUID of the tenant, or the placeholder
 * @see https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
 */
export function createMetadata(
  authority: string,
  segment: string,
  tenantId: string,
  version: DocumentVersion,
): Document {
  const base = `${authority}/${segment}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    jwks_uri: `${base}/discovery/${version === 2 ? "v2.0/" : ""}keys`,
    response_modes_supported: ["query", "fragment"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "client_credentials"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: version === 2 ? formatIssuer(authority, tenantId) : formatIssuerV1(authority, tenantId),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
    tenant_region_scope: null,
    cloud_instance_name: findCloudInstanceName(authority),
  };
}

/**
 * Creates the key set: the same ordinary keys for every tenant, with the template as issuer, and the key of personal
 * accounts with a concrete issuer. Version 1.0 documents have no issuer.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signing-key-issuer
 */
export function createKeySet(authority: string, keys: readonly RingKey[], version: DocumentVersion): Document {
  return { keys: keys.map((key) => createJwk(authority, key, version)) };
}

function createJwk(authority: string, { kid, kind, publicJwk }: RingKey, version: DocumentVersion): Document {
  const jwk = { ...publicJwk, use: "sig", kid, x5t: kid };
  if (version === 1) return jwk;
  const issuer = formatIssuer(authority, kind === "msa" ? tenants.msa.id : tenantPlaceholder);
  return { ...jwk, cloud_instance_name: findCloudInstanceName(authority), issuer };
}
