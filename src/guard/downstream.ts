import type { Authority } from "../authority/authority.ts";
import type { Config, ConfigChecker } from "../config/config.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { Environment } from "../config/variables.ts";
import type { Denial } from "../denial.ts";
import type { Background, Io } from "../io.ts";
import type { Result } from "../result.ts";
import type { Principal } from "../token/principal.ts";

/** A token for another API. */
export interface DownstreamToken {
  readonly accessToken: string;
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

/** Options of {@link Downstream.onBehalfOf}. */
export interface OnBehalfOfOptions {
  /** Claims request of a challenge of the other API, as JSON text: see `readClaimsChallenge`. Passes by what is cached. */
  readonly claims?: string;
}

/** Tokens for other APIs, for the caller of one request. */
export interface Downstream {
  /**
   * Exchanges the caller's token for one of the same user for another API.
   *
   * @param scopes of one API, spelt out: `https://graph.microsoft.com/User.Read`
   * @throws TypeError where there is no scope, or one is none
   * @throws DownstreamError where the token cannot be had; unless it is caught, the gate answers the request with it
   * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
   *
   * @example
   * const { accessToken } = await state.downstream.onBehalfOf(["https://graph.microsoft.com/User.Read"]);
   */
  onBehalfOf(scopes: readonly string[], options?: OnBehalfOfOptions): Promise<DownstreamToken>;
  /**
   * Gets a token of the gate's own, in the caller's tenant; without a caller, in that of ENTRA_TENANT_ID.
   *
   * @param resource App ID URI of one API: `https://graph.microsoft.com`
   * @throws as {@link onBehalfOf} does
   * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
   *
   * @example
   * const { accessToken } = await state.downstream.asApp("https://graph.microsoft.com");
   */
  asApp(resource: string): Promise<DownstreamToken>;
}

/** What `fetch` takes, and the scopes of the token that is sent with it. */
export interface DownstreamRequestInit extends Omit<RequestInit, "redirect"> {
  readonly scopes: readonly string[];
}

/**
 * Sends a request to another API on behalf of the caller. A redirect on the same host is followed, any other is returned
 * as it is. On a claims challenge the token is acquired once more, with its claims, and the request sent once more.
 *
 * @param url of https; plain http on loopback only
 * @param init as for `fetch`; an `authorization` of its own is replaced
 * @returns the answer, whatever its status
 * @throws TypeError where the URL would carry the token in the clear, or a scope is none
 * @throws DownstreamError where the token cannot be had
 *
 * @example
 * const answer = await state.downstreamFetch("https://graph.microsoft.com/v1.0/me", {
 *   scopes: ["https://graph.microsoft.com/User.Read"],
 * });
 */
export type DownstreamFetch = (url: string | URL, init: DownstreamRequestInit) => Promise<Response>;

/** What `createGate` takes as `downstream`. Made by `downstream()` of `entra-gate/downstream`, which brings MSAL along. */
export interface DownstreamProvider {
  /** The gate calls this function. */
  readonly create: (parts: never) => object;
}

/** What a provider is to the gate. */
export interface DownstreamFactory extends ConfigChecker {
  /** Builds what one environment needs. Does no I/O. */
  create(parts: DownstreamParts): DownstreamService;
}

/**
 * Checks what was given as a provider.
 *
 * @throws TypeError where it is given, and nothing that `downstream()` returned
 */
export function readProvider(provider: DownstreamProvider | undefined): DownstreamFactory | undefined {
  const factory = provider as DownstreamFactory | undefined;
  if (factory === undefined || typeof factory?.create === "function") return factory;
  throw new TypeError("downstream must be downstream() of entra-gate/downstream");
}

export interface DownstreamParts {
  readonly io: Io;
  readonly authority: Authority;
  readonly config: Pick<Config, "credentials">;
  /** Checked. */
  readonly environment: Environment;
}

/** Tokens for other APIs, for one environment. */
export interface DownstreamService {
  /**
   * Gets the credential that the origin is sent in place of the caller's, where the route or the configuration wants one.
   *
   * @param ownScopes that the route names; `undefined` is what the configuration says
   * @returns without a promise where nothing is exchanged
   */
  authorize(
    caller: DownstreamCaller,
    config: OriginConfig,
    ownScopes: readonly string[] | undefined,
  ): OwnAuthorization | Promise<OwnAuthorization>;
  /** What the handlers of one request get. */
  stateOf(caller: DownstreamCaller): { readonly downstream: Downstream; readonly downstreamFetch: DownstreamFetch };
}

/** An `Authorization` header; `undefined` where the origin gets none of its own. */
export type OwnAuthorization = Result<string | undefined, Denial>;

/** Who a token is asked for: looked at when it is asked for, since hooks run before the caller is known. */
export interface DownstreamCaller {
  /** `undefined` on public routes. */
  readonly principal: Principal | undefined;
  /** Whose `Authorization` header the principal was read from. */
  readonly request: Request;
  readonly background: Background;
}
