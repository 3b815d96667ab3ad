import { isObject } from "../common/objects.ts";
import { fail, type Result, succeed } from "../common/result.ts";
import type { TokenVersion } from "./version.ts";

/** The hosts and issuers that a discovery document may contain. */
export interface DiscoveryPin {
  /** Issuers that the tenant can have there. External ID has a second host, which the tenant names. */
  readonly issuers: readonly string[];
  /** Origins from which keys may be fetched. */
  readonly origins: readonly string[];
}

/** The two members that are read from a discovery document (OpenID Connect Discovery 1.0 section 3), already checked. */
export interface Discovery {
  readonly issuer: string;
  readonly keysUrl: string;
  readonly instanceName: string | undefined;
}

/**
 * Returns what the discovery document of a tenant may contain.
 *
 * @param authority origin, for example `https://contoso.ciamlogin.com`
 * @param tenant lower-case GUID
 * @param version of the tokens
 */
export function pinDiscovery(authority: string, tenant: string, version: TokenVersion): DiscoveryPin {
  const path = version === "2.0" ? `/${tenant}/v2.0` : `/${tenant}/`;
  const origins = authority.endsWith(".ciamlogin.com") ? [authority, `https://${tenant}.ciamlogin.com`] : [authority];
  return { origins, issuers: origins.map((origin) => `${origin}${path}`) };
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
