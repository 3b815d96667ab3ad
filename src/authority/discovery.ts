import { fail, type Result, succeed } from "../result.ts";
import type { TokenVersion } from "./version.ts";

/** What a discovery document may say at most: whatever else it claims, these hosts and issuers bound it. */
export interface DiscoveryPin {
  /** Issuers that the tenant can have there. External ID has a second host that is named by the tenant. */
  readonly issuers: readonly string[];
  /** Origins from which keys may be taken. */
  readonly origins: readonly string[];
}

/** The two facts taken from a discovery document (OpenID Connect Discovery 1.0 section 3), already pinned. */
export interface Discovery {
  readonly issuer: string;
  readonly keysUrl: string;
  readonly instanceName: string | undefined;
}

/**
 * Bounds what the discovery document of an authority may say of a tenant.
 *
 * @param authority origin, for example `https://contoso.ciamlogin.com`
 * @param tenant lower-case GUID
 * @param version of the tokens whose metadata is read
 */
export function pinDiscovery(authority: string, tenant: string, version: TokenVersion): DiscoveryPin {
  const path = version === "2.0" ? `/${tenant}/v2.0` : `/${tenant}/`;
  const origins = authority.endsWith(".ciamlogin.com") ? [authority, `https://${tenant}.ciamlogin.com`] : [authority];
  return { origins, issuers: origins.map((origin) => `${origin}${path}`) };
}

/**
 * Reads a discovery document.
 *
 * @param document parsed JSON, of any shape
 * @param pin what it may say
 * @returns its issuer and key-set URL, or what is wrong with it
 */
export function readDiscovery(document: unknown, pin: DiscoveryPin): Result<Discovery, string> {
  if (typeof document !== "object" || document === null) return fail("discovery document is no object");
  const { issuer, jwks_uri, cloud_instance_name } = document as Record<string, unknown>;
  if (typeof issuer !== "string" || !pin.issuers.includes(issuer)) {
    return fail("discovery document names an issuer that is not this tenant's");
  }
  const url = typeof jwks_uri === "string" ? URL.parse(jwks_uri) : null;
  // Not `url.origin`: that of a blob: URL is the origin inside it.
  if (
    url === null ||
    !pin.origins.includes(`${url.protocol}//${url.host}`) ||
    url.username !== "" ||
    url.password !== ""
  ) {
    return fail("discovery document has its keys on another host");
  }
  const instanceName = typeof cloud_instance_name === "string" ? cloud_instance_name : undefined;
  return succeed({ issuer, keysUrl: url.href, instanceName });
}
