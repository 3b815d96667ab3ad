import { defaultAuthority } from "../../base/common/authority-name.ts";
import * as limits from "../../base/common/limits.ts";
import { keepValue } from "../../base/common/recent.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import { type Cloud, clouds } from "./cloud.ts";
import { type DiscoveryPin, pinDiscovery } from "./discovery.ts";
import type { TokenVersion } from "./version.ts";

/** Where the signing keys for one tenant's tokens of one version are. */
export interface KeySource {
  /** Name of the source in caches and logs: the URL that is requested first. It identifies host, tenant and version. */
  readonly id: string;
  readonly tenant: string;
  /** Whether the configuration names the tenant. Otherwise an unverified token named it, and it may be invented. */
  readonly named: boolean;
  /** URL of a cloud's key set, or of the discovery document that contains it. */
  readonly location:
    | { readonly kind: "keys"; readonly url: string; readonly instanceName: string }
    | { readonly kind: "discovery"; readonly url: string; readonly pin: DiscoveryPin };
  /**
   * For v1.0: the source of the tenant's v2.0 keys, which vouch for those of this one. Documents of v1.0 name no
   * issuer, so the key of personal accounts looks like any other. The tenant's v2.0 document has the same keys with
   * their issuers.
   */
  readonly vouching: KeySource | undefined;
}

/** The configured authority: its issuers, and the location of its keys. Does no I/O. */
export interface Authority {
  readonly name: string;
  /** Origin of the sign-in page and of the token endpoint. */
  readonly login: string;
  /** Value of `authorization_uri` in challenges. It uses `/common`, so it names no tenant. */
  readonly authorizationUri: string;
  /**
   * Returns the token version that an issuer implies.
   *
   * @param issuer the token's `iss`
   * @param tenant the token's `tid`, a lower-case GUID
   * @returns `undefined` if the issuer is not exactly one of this tenant's
   */
  versionOf(issuer: string, tenant: string): TokenVersion | undefined;
  /**
   * Lists every issuer that its tokens of a tenant can have.
   *
   * @param tenant a lower-case GUID
   */
  listIssuers(tenant: string): readonly string[];
  /** Returns the source of the tenant's keys for a version. */
  keySource(tenant: string, version: TokenVersion): KeySource;
}

/**
 * Derives the authority from the configuration: the fixed URLs of a cloud, or discovery at ENTRA_AUTHORITY.
 *
 * @param config the validated configuration
 */
export function createAuthority(
  config: Pick<AuthorityConfig, "cloud" | "authority" | "acceptV1" | "tenants"> & Partial<AuthorityConfig>,
): Authority {
  const { name = defaultAuthority, tenants, acceptV1 } = config;
  const cloud = clouds[config.cloud];
  const login = config.authority ?? cloud.login;
  const { issuersOf, locate } = config.authority === undefined ? locateInCloud(cloud) : locateByDiscovery(login);
  const keySource: Authority["keySource"] = rememberSources((tenant, version) => {
    const location = locate(tenant, version);
    const named = tenants.decided === "by-list" && tenants.allowed.has(tenant);
    const vouching = version === "1.0" ? keySource(tenant, "2.0") : undefined;
    return { id: location.url, location, tenant, named, vouching };
  });
  return {
    name,
    login,
    authorizationUri: `${login}/common/oauth2/authorize`,
    versionOf(issuer, tenant) {
      if (issuersOf(tenant, "2.0").includes(issuer)) return "2.0";
      return acceptV1 && issuersOf(tenant, "1.0").includes(issuer) ? "1.0" : undefined;
    },
    listIssuers: (tenant) => [...issuersOf(tenant, "2.0"), ...(acceptV1 ? issuersOf(tenant, "1.0") : [])],
    keySource,
  };
}

/** The part that differs between a cloud and an authority with discovery. */
interface Locations {
  issuersOf(tenant: string, version: TokenVersion): readonly string[];
  locate(tenant: string, version: TokenVersion): KeySource["location"];
}

/** Each token needs a source, and an isolate sees few tenants. */
function rememberSources(find: Authority["keySource"]): Authority["keySource"] {
  const sources = new Map<string, KeySource>();
  return (tenant, version) => {
    const name = tenant + version;
    return sources.get(name) ?? keepValue(sources, limits.keySets, name, find(tenant, version));
  };
}

function locateInCloud(cloud: Cloud): Locations {
  return {
    issuersOf: (tenant, version) => [
      version === "2.0" ? `${cloud.login}/${tenant}/v2.0` : `${cloud.v1Issuer}/${tenant}/`,
    ],
    locate(tenant, version) {
      const url = `${cloud.login}/${tenant}/discovery/${version === "2.0" ? "v2.0/" : ""}keys`;
      return { kind: "keys", url, instanceName: cloud.instanceName };
    },
  };
}

function locateByDiscovery(authority: string): Locations {
  return {
    issuersOf: (tenant, version) => pinDiscovery(authority, tenant, version).issuers,
    locate(tenant, version) {
      const url = `${authority}/${tenant}${version === "2.0" ? "/v2.0" : ""}/.well-known/openid-configuration`;
      return { kind: "discovery", url, pin: pinDiscovery(authority, tenant, version) };
    },
  };
}
