import type { AuthenticatedClient } from "../clients/client-authentication.ts";
import { refuse } from "../common/error.ts";
import type { Directory, DirectoryTenant } from "../directory/model.ts";
import type { Apis, Resource } from "../directory/scope.ts";
import type { OwnTokens } from "../keys/own-token.ts";
import type { CodeStore } from "../tokens/authorization-code.ts";
import type { ConditionalAccess } from "../tokens/conditional-access.ts";
import type { Consents } from "../tokens/consent.ts";
import type { DeviceCodes } from "../tokens/device-code.ts";
import type { Issuer } from "../tokens/issuer.ts";
import type { RefreshTokens } from "../tokens/refresh-token.ts";
import type { Revocations } from "../tokens/revocation.ts";

/** What the grants share. */
export interface GrantParts extends OwnTokens {
  readonly directory: Directory;
  readonly issuer: Issuer;
  readonly codes: CodeStore;
  readonly deviceCodes: DeviceCodes;
  readonly refreshTokens: RefreshTokens;
  readonly revocations: Revocations;
  readonly consents: Consents;
  readonly conditionalAccess: ConditionalAccess;
  readonly apis: Apis;
  /** Lifetime of access tokens. */
  readonly lifetimeSeconds: () => number;
}

/** A token request whose client is known. */
export interface TokenRequest extends GrantParts, AuthenticatedClient {
  readonly form: URLSearchParams;
  readonly authority: string;
  /** The tenant as the path names it: a tenant, `common`, `organizations` or `consumers`. */
  readonly segment: string;
  /** Version of the endpoint. A request to v1.0 has `resource` in place of `scope`. */
  readonly version: 1 | 2;
  /** `Origin` header of the request. */
  readonly origin: string | undefined;
}

/** RFC 6749 section 5.1, with Entra's `ext_expires_in`. The numbers of v1.0 endpoints are strings. */
export interface TokenResponse {
  readonly token_type: "Bearer";
  readonly scope?: string;
  readonly expires_in: number | string;
  readonly ext_expires_in: number | string;
  readonly expires_on?: string;
  readonly not_before?: string;
  readonly resource?: string;
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

/** Claims of an access token that depend on the request: how the client authenticated, and the expiry. */
export function describeClient(request: TokenRequest, { tokenVersion }: Pick<Resource, "tokenVersion">) {
  const { method } = request;
  const exp = findExpiry(request);
  return tokenVersion === 1 ? { appidacr: method, exp } : { azpacr: method, exp };
}

/** Members of a response that describe its access token. */
export function describeToken({ lifetimeSeconds, nowSeconds, version, form }: TokenRequest) {
  const left = lifetimeSeconds() - 1;
  if (version === 2) return { token_type: "Bearer", expires_in: left, ext_expires_in: left } as const;
  return {
    token_type: "Bearer",
    expires_in: String(left),
    ext_expires_in: String(left),
    expires_on: String(nowSeconds() + left),
    not_before: String(nowSeconds()),
    ...(form.has("resource") && { resource: form.get("resource")! }),
  } as const;
}

/** Returns the tenant of the path. Throws a refusal if it names none in particular. */
export function requireTenant({ segment, directory }: Pick<TokenRequest, "segment" | "directory">): DirectoryTenant {
  const tenant = directory.findTenant(segment);
  if (!tenant) throw refuse("tenantNeeded");
  return tenant;
}

/** Returns a parameter of the form. Throws a refusal without it. */
export function requireParameter({ form }: Pick<TokenRequest, "form">, name: string): string {
  const value = form.get(name);
  if (!value) throw refuse("missingParameter", { name });
  return value;
}

/** Throws a refusal for a public client. */
export function requireConfidential({ method }: Pick<TokenRequest, "method">): void {
  if (method === "0") throw refuse("secretNeeded");
}
