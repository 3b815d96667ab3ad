import { isObject } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { clouds } from "./cloud.ts";
import type { TokenVersion } from "./version.ts";

/** The hosts and issuers that a discovery document may contain. */
export interface DiscoveryPin {
  /** Issuers that the document may name for the tenant. They are never addresses for clients. */
  readonly issuers: readonly string[];
  /** Origins from which keys may be fetched. */
  readonly origins: readonly string[];
}

/**
 * The two members that are read from a discovery document (OpenID Connect Discovery 1.0 section 3), already checked.
 */
export interface Discovery {
  readonly issuer: string;
  readonly keysUrl: string;
  readonly instanceName: string | undefined;
}

/**
 * Returns what the discovery document of a tenant may contain. An https authority is External ID: behind a custom URL
 * domain, its issuer is still on the tenant's own host or on that of the public cloud, and it has no known issuer of
 * v1.0 tokens. An http authority is a local Entra, which names only itself.
 *
 * @param authority origin, for example `https://login.contoso.com`
 * @param tenant lower-case GUID
 * @param version of the tokens
 */
export function pinDiscovery(authority: string, tenant: string, version: TokenVersion): DiscoveryPin {
  const path = version === "2.0" ? `/${tenant}/v2.0` : `/${tenant}/`;
  if (authority.startsWith("http:")) return { origins: [authority], issuers: [`${authority}${path}`] };
  const origins = [authority, tenantOrigin(tenant)];
  const issuers = version === "2.0" ? [...origins, clouds.public.login].map((origin) => `${origin}${path}`) : [];
  return { origins, issuers };
}

/**
 * Lists the origins at which clients reach the authority of a tenant, whatever issuer its discovery document names. The
 * last one names the tenant by its GUID if External ID has such a host beside the configured one. It may be blocked
 * behind a custom URL domain.
 *
 * @param authority origin of the configured authority or of the cloud
 * @param tenant lower-case GUID
 */
export function listClientOrigins(authority: string, tenant: string): readonly string[] {
  return authority.endsWith(".ciamlogin.com") ? [authority, tenantOrigin(tenant)] : [authority];
}

/** The host of External ID that names a tenant by its GUID. */
function tenantOrigin(tenant: string): string {
  return `https://${tenant}.ciamlogin.com`;
}

/**
 * Reads a discovery document.
 *
 * @param document parsed JSON of any shape
 * @param pin the hosts and issuers that it may contain
 * @returns its issuer and key-set URL, or a description of its fault
 */
export function readDiscovery(document: unknown, pin: DiscoveryPin): Result<Discovery, string> {
  if (!isObject(document)) return fail("discovery document is not an object");
  const { issuer, jwks_uri, cloud_instance_name } = document as Record<string, unknown>;
  if (typeof issuer !== "string" || !pin.issuers.includes(issuer)) {
    return fail("discovery document has an issuer of another tenant");
  }
  const url = typeof jwks_uri === "string" ? URL.parse(jwks_uri) : null;
  // `url.origin` of a blob: URL would be the origin inside it.
  if (
    url === null ||
    !pin.origins.includes(`${url.protocol}//${url.host}`) ||
    url.username !== "" ||
    url.password !== ""
  ) {
    return fail("discovery document has a jwks_uri on another host");
  }
  const instanceName = typeof cloud_instance_name === "string" ? cloud_instance_name : undefined;
  return succeed({ issuer, keysUrl: url.href, instanceName });
}
