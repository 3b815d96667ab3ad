import type { CodeStore } from "../authorization-code.ts";
import type { Client, Tenant } from "../directory.ts";
import type { Issuer } from "../issuer.ts";
import type { KeyRing } from "../key-ring.ts";

/** A token request whose tenant and client are already known. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authority: string;
  readonly tenant: Tenant;
  readonly client: Client;
  readonly issuer: Issuer;
  readonly ring: KeyRing;
  readonly codes: CodeStore;
  readonly nowSeconds: () => number;
}

/** RFC 6749 section 5.1, with Entra's `ext_expires_in`. */
export interface TokenResponse {
  readonly token_type: "Bearer";
  readonly scope?: string;
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly access_token: string;
  readonly id_token?: string;
  readonly client_info?: string;
}

/** Throws a fault for a request that Entra would refuse. */
export type GrantHandler = (request: TokenRequest) => Promise<TokenResponse>;
