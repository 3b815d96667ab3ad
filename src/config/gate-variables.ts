import type { Secret } from "./variables.ts";

/**
 * Configuration in code, with the names of the environment. An adapter has no variables for an origin or a health page.
 * docs/reference/variables.md has the defaults. Items of a list are separated by commas or spaces.
 */
export interface EntraConfig {
  /** GUID of the tenant, or `organizations` for several. */
  readonly ENTRA_TENANT_ID?: string;
  /** Allowlist of tenant GUIDs. */
  readonly ENTRA_ALLOWED_TENANTS?: string;
  /** Accepted `aud` values. */
  readonly ENTRA_API_AUDIENCE?: string;
  /** Default scopes. A delegated token needs all of them on routes without their own requirement. */
  readonly ENTRA_REQUIRED_SCOPE?: string;
  /** Default app roles. An app-only token needs one of them on routes without their own requirement. */
  readonly ENTRA_REQUIRED_ROLE?: string;
  /** Allowlist of client application GUIDs. */
  readonly ENTRA_ALLOWED_CLIENTS?: string;
  /** `public`, `usgov` or `china`. */
  readonly ENTRA_CLOUD?: string;
  /** Origin of an authority to use in place of a cloud: External ID, or a local Entra. */
  readonly ENTRA_AUTHORITY?: string;
  /** `true` accepts v1.0 tokens too. */
  readonly ENTRA_ACCEPT_V1?: string;
  /** From 0 to 300 seconds. */
  readonly ENTRA_CLOCK_SKEW_SECONDS?: string;
  /** Client ID of the gate's registration, for tokens for other APIs. */
  readonly ENTRA_CLIENT_ID?: string;
  /** PEM certificate and private key of that registration. */
  readonly ENTRA_CLIENT_CERTIFICATE?: Secret;
  /** The older certificate during a rotation. */
  readonly ENTRA_CLIENT_CERTIFICATE_PREVIOUS?: Secret;
  /** Client secret of that registration. */
  readonly ENTRA_CLIENT_SECRET?: Secret;
  /** The older secret during a rotation. */
  readonly ENTRA_CLIENT_SECRET_PREVIOUS?: Secret;
  /** Share of allowed requests that are logged, from 0 to 1. */
  readonly GATE_LOG_ALLOWED?: string;
  /** Key of the hash that identifies users in the log. */
  readonly GATE_LOG_KEY?: Secret;
  /** How the log identifies users: `hash`, `plain` or `none`. */
  readonly GATE_LOG_SUBJECT?: string;
  /** `enforce` or `report`. */
  readonly GATE_MODE?: string;
  /** `true`: only a proxy that ends TLS and sets `X-Forwarded-Proto` can reach the process. */
  readonly GATE_TLS_PROXY?: string;
  /** Position of the client in `X-Forwarded-For`, counted from the end, from 1 to 5. */
  readonly GATE_TLS_PROXY_HOPS?: string;
  /** Addresses that the gate serves. */
  readonly GATE_URL?: string;
}

/** The variables and bindings that the gate reads. */
export interface GateVariables extends EntraConfig {
  /** Health page: `off`, `public` or `guarded`. */
  readonly GATE_HEALTH?: string;
  /** Path of the health page. */
  readonly GATE_HEALTH_PATH?: string;
  /** Address of the origin. */
  readonly ORIGIN_URL?: string;
  /** Which token the origin gets: `forward`, `strip` or `on-behalf-of`. */
  readonly ORIGIN_AUTHORIZATION?: string;
  /** `true` allows an http ORIGIN_URL that is not on loopback. */
  readonly ORIGIN_PLAINTEXT?: string;
  /** Scopes of the token that the origin gets with `on-behalf-of`. */
  readonly ORIGIN_SCOPE?: string;
  /** Key that encrypts the tokens in TOKEN_CACHE. */
  readonly TOKEN_CACHE_KEY?: Secret;
  /** KV namespace for tokens for other APIs. */
  readonly TOKEN_CACHE?: object;
  /** Service binding to the origin, in place of ORIGIN_URL. */
  readonly ORIGIN?: object;
  /** Rate limiting binding that counts refused tokens. */
  readonly RATE_LIMITER?: object;
  /** Analytics Engine dataset that counts decisions. */
  readonly DECISIONS?: object;
}

/** The variables that a route of `entra-gate/mcp` reads. A gate without such a route does not know them. */
export interface McpVariables {
  /** Keys that encrypt session IDs: `name:key`, the newest first, each key 32 bytes in base64url. */
  readonly GATE_SESSION_KEY?: Secret;
  /** Prefix of the scopes that a facade requests from Entra. */
  readonly ENTRA_APP_ID_URI?: string;
}

/** The variables that the option `issuer` reads. A gate without it refuses to start with them. */
export interface IssuerVariables {
  /** Address at which the gate publishes its keys. Default: the first address of GATE_URL. */
  readonly GATE_ISSUER?: string;
  /** Private EC key with which the gate signs for the origin: PKCS #8 or a JWK. */
  readonly GATE_SIGNING_KEY?: Secret;
  /** Public JWK that is only published: the next key, or the previous one. */
  readonly GATE_SIGNING_KEY_OTHER?: string;
  /** `jwt` sends the origin a signed assertion with each request. */
  readonly ORIGIN_ASSERTION?: string;
  /** `aud` of assertions. Default: the origin of ORIGIN_URL. */
  readonly ORIGIN_AUDIENCE?: string;
  /** Private RSA key with which the gate signs for Entra: PKCS #8 or a JWK. */
  readonly ENTRA_CLIENT_KEY?: Secret;
  /** Public JWK that is only published: the next key, or the previous one. */
  readonly ENTRA_CLIENT_KEY_OTHER?: string;
  /** `gate` signs in at Entra with assertions of the gate's own issuer. */
  readonly ENTRA_CLIENT_FEDERATION?: string;
  /** `sub` of these assertions. Default: ENTRA_CLIENT_ID. */
  readonly ENTRA_CLIENT_SUBJECT?: string;
}

/**
 * An environment with the gate's members and your own. If a name starts with `ENTRA_`, `GATE_` or `ORIGIN_` and is not
 * a variable of the gate, the type does not compile, because the gate would answer every request with 500.
 */
export type GateEnvironment<Env> = Env &
  GateVariables &
  McpVariables &
  IssuerVariables & {
    readonly [Name in Exclude<
      Extract<keyof Env, `${"ENTRA" | "GATE" | "ORIGIN"}_${string}`>,
      keyof GateVariables | keyof McpVariables | keyof IssuerVariables
    >]: never;
  };
