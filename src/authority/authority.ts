import type { Config } from "../config/config.ts";
import * as limits from "../limits.ts";
import { type Cloud, clouds } from "./cloud.ts";
import { type DiscoveryPin, pinDiscovery } from "./discovery.ts";
import type { TokenVersion } from "./version.ts";

/** Where the keys of one tenant's tokens of one version are found. */
export interface KeySource {
  /** Names the source in caches and logs: the URL that is asked first. Unique to host, tenant and version. */
  readonly id: string;
  readonly tenant: string;
  /** Whether the configuration names the tenant. Any other stands in a token that nobody has verified, and may be invented. */
  readonly named: boolean;
  /** Key-set URL of a cloud, or the discovery document from which it is learnt. */
  readonly location:
    | { readonly kind: "keys"; readonly url: string; readonly instanceName: string }
    | { readonly kind: "discovery"; readonly url: string; readonly pin: DiscoveryPin };
}

/** The configured authority as pure answers: which issuers it has, and where its keys are. */
export interface Authority {
  /** Origin of the sign-in page and of the token endpoint. */
  readonly login: string;
  /** Value of `authorization_uri` in challenges; on `/common`, so that it names no tenant. */
  readonly authorizationUri: string;
  /**
   * Which version a token's issuer stands for.
   *
   * @param issuer the token's `iss`
   * @param tenant the token's `tid`, a lower-case GUID
   * @returns `undefined` where the issuer is not exactly one of this tenant's
   */
  versionOf(issuer: string, tenant: string): TokenVersion | undefined;
  /** Where the tenant's keys for that version are. */
  keySource(tenant: string, version: TokenVersion): KeySource;
}

/**
 * Derives the authority from the configuration: a cloud's fixed URLs, or discovery at ENTRA_AUTHORITY.
 *
 * @param config the validated configuration
 */
export function createAuthority(config: Pick<Config, "cloud" | "authority" | "acceptV1" | "tenants">): Authority {
  const { tenants, acceptV1 } = config;
  const authority =
    config.authority === undefined
      ? cloudAuthority(clouds[config.cloud], acceptV1)
      : discoveredAuthority(config.authority, acceptV1);
  const isNamed = (tenant: string) => tenants.decided === "by-list" && tenants.allowed.has(tenant);
  const find = (tenant: string, version: TokenVersion): KeySource => ({
    ...authority.locate(tenant, version),
    tenant,
    named: isNamed(tenant),
  });
  const { login, authorizationUri, versionOf } = authority;
  return { login, authorizationUri, versionOf, keySource: rememberSources(find) };
}

/** What differs between a cloud and an authority that is discovered. */
interface Locations extends Omit<Authority, "keySource"> {
  locate(tenant: string, version: TokenVersion): Pick<KeySource, "id" | "location">;
}

/** A source is asked for with each token, and tenants are few. */
function rememberSources(find: Authority["keySource"]): Authority["keySource"] {
  const sources = new Map<string, KeySource>();
  return (tenant, version) => {
    const name = tenant + version;
    const known = sources.get(name);
    if (known !== undefined) return known;
    const source = find(tenant, version);
    if (sources.size >= limits.keySets) sources.clear();
    sources.set(name, source);
    return source;
  };
}

function cloudAuthority(cloud: Cloud, acceptV1: boolean): Locations {
  return {
    login: cloud.login,
    authorizationUri: `${cloud.login}/common/oauth2/authorize`,
    versionOf(issuer, tenant) {
      if (issuer === `${cloud.login}/${tenant}/v2.0`) return "2.0";
      return acceptV1 && issuer === `${cloud.v1Issuer}/${tenant}/` ? "1.0" : undefined;
    },
    locate(tenant, version) {
      const url = `${cloud.login}/${tenant}/discovery/${version === "2.0" ? "v2.0/" : ""}keys`;
      return { id: url, location: { kind: "keys", url, instanceName: cloud.instanceName } };
    },
  };
}

function discoveredAuthority(authority: string, acceptV1: boolean): Locations {
  return {
    login: authority,
    authorizationUri: `${authority}/common/oauth2/authorize`,
    versionOf(issuer, tenant) {
      if (issuer === `${authority}/${tenant}/v2.0`) return "2.0";
      if (pinDiscovery(authority, tenant, "2.0").issuers.includes(issuer)) return "2.0";
      return acceptV1 && pinDiscovery(authority, tenant, "1.0").issuers.includes(issuer) ? "1.0" : undefined;
    },
    locate(tenant, version) {
      const url = `${authority}/${tenant}${version === "2.0" ? "/v2.0" : ""}/.well-known/openid-configuration`;
      return { id: url, location: { kind: "discovery", url, pin: pinDiscovery(authority, tenant, version) } };
    },
  };
}
