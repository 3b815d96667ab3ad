import type { Client } from "../directory/clients.ts";
import type { Tenant } from "../directory/directory.ts";
import type { Apis } from "../directory/scope.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { CodeStore } from "../tokens/authorization-code.ts";
import type { Issuer } from "../tokens/issuer.ts";
import type { RefreshTokenStore } from "../tokens/refresh-token.ts";

/** A token request whose tenant and client are known. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authority: string;
  readonly tenant: Tenant;
  readonly client: Client;
  readonly issuer: Issuer;
  readonly ring: KeyRing;
  readonly codes: CodeStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly apis: Apis;
  /** Lifetime of access tokens. */
  readonly lifetimeSeconds: () => number;
  /** `Origin` header of the request. */
  readonly origin: string | undefined;
  readonly nowSeconds: () => number;
}

/** RFC 6749 section 5.1, with Entra's `ext_expires_in`. */
export interface TokenResponse {
  readonly token_type: "Bearer";
  readonly scope?: string;
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly client_info?: string;
}

/** Throws a refusal for a request that Entra would refuse. */
export type GrantHandler = (request: TokenRequest) => Promise<TokenResponse>;

/** `exp` of an access token that is issued now. */
export function findExpiry({ nowSeconds, lifetimeSeconds }: TokenRequest): number {
  return nowSeconds() + lifetimeSeconds();
}

/** Members of a response that describe its access token. */
export function describeToken({ lifetimeSeconds }: TokenRequest) {
  const left = lifetimeSeconds() - 1;
  return { token_type: "Bearer", expires_in: left, ext_expires_in: left } as const;
}
