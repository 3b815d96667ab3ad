import {
  findCloudInstanceName,
  formatIssuer,
  formatIssuerV1,
  type IssuerHost,
  tenantPlaceholder,
} from "../common/authority.ts";
import { personalTenantId } from "../directory/create-directory.ts";
import type { RingKey } from "../keys/key-ring.ts";

export type DocumentVersion = 1 | 2;

type Document = Readonly<Record<string, unknown>>;

/**
 * Creates the OpenID Connect metadata, with Entra's peculiarities: no member about PKCE, and userinfo at Microsoft
 * Graph. `common` and `organizations` have the template instead of a tenant.
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
  issuerHost?: IssuerHost,
): Document {
  const base = `${authority}/${segment}`;
  const oauth = version === 2 ? `${base}/oauth2/v2.0` : `${base}/oauth2`;
  return {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    jwks_uri: `${base}/discovery/${version === 2 ? "v2.0/" : ""}keys`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "id_token", "code id_token"],
    scopes_supported: version === 2 ? ["openid", "profile", "email", "offline_access"] : ["openid"],
    issuer: formatMetadataIssuer(authority, tenantId, version, issuerHost),
    ...(version === 1 && { microsoft_multi_refresh_token: true }),
    ...(version === 2 && { request_uri_parameter_supported: false }),
    userinfo_endpoint: version === 2 ? `${authority}/oidc/userinfo` : `${base}/openid/userinfo`,
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${oauth}/logout`,
    claims_supported: version === 2 ? claims : claimsV1,
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: tenantId === tenantPlaceholder ? null : "WW",
    cloud_instance_name: findCloudInstanceName(authority),
    cloud_graph_host_name: new URL(authority).host,
    msgraph_host: findGraphHost(authority),
    rbac_url: authority,
  };
}

/** A local Entra is its own Graph. At the address of a cloud, it says what the cloud says. */
function findGraphHost(authority: string): string {
  const { host } = new URL(authority);
  if (/(?:^|\.)microsoftonline\.com$|\.ciamlogin\.com$/.test(host)) return "graph.microsoft.com";
  if (host === "login.microsoftonline.us") return "graph.microsoft.us";
  return host === "login.partner.microsoftonline.cn" ? "microsoftgraph.chinacloudapi.cn" : host;
}

/** `issuer` of the metadata. */
export function formatMetadataIssuer(
  authority: string,
  tenantId: string,
  version: DocumentVersion,
  issuerHost?: IssuerHost,
): string {
  return version === 2 ? formatIssuer(authority, tenantId, issuerHost) : formatIssuerV1(authority, tenantId);
}

const commonClaims = [
  "sub",
  "iss",
  "cloud_instance_name",
  "cloud_instance_host_name",
  "cloud_graph_host_name",
  "msgraph_host",
  "aud",
  "exp",
  "iat",
  "auth_time",
  "acr",
];
const claims = [...commonClaims, "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"];
const claimsV1 = [...commonClaims, "amr", "nonce", "email", "given_name", "family_name", "nickname"];

/**
 * Creates the key set: the same ordinary keys for every tenant, with the template as issuer, and the key of personal
 * accounts with a concrete issuer. Version 1.0 documents have no issuer.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signing-key-issuer
 */
export function createKeySet(
  authority: string,
  keys: readonly RingKey[],
  version: DocumentVersion,
  issuerHost?: IssuerHost,
): Document {
  return { keys: keys.map((key) => createJwk(authority, key, version, issuerHost)) };
}

function createJwk(
  authority: string,
  { kid, kind, publicJwk }: RingKey,
  version: DocumentVersion,
  issuerHost?: IssuerHost,
): Document {
  const jwk = { ...publicJwk, use: "sig", kid, x5t: kid };
  if (version === 1) return jwk;
  const issuer = formatIssuer(authority, kind === "msa" ? personalTenantId : tenantPlaceholder, issuerHost);
  return { ...jwk, cloud_instance_name: findCloudInstanceName(authority), issuer };
}
