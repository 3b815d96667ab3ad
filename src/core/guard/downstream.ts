import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import type { Result } from "../../base/common/result.ts";
import type { CallTrace } from "../../base/http/call.ts";
import type { Authority } from "../authority/authority.ts";
import type { Config, ConfigChecker } from "../config/config.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { Environment } from "../config/variables.ts";
import type { Identity } from "../token/identity.ts";
import type { DownstreamProvider } from "./entra-options.ts";
import type { ClientAssertionSigner } from "./issuer.ts";

/** A token for another API. */
export interface DownstreamToken {
  /** Send it as `Authorization: Bearer …`, to the API of its scopes only. */
  readonly accessToken: string;
  /** When it expires, in seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

/** Options of {@link Downstream.onBehalfOf}. */
export interface OnBehalfOfOptions {
  /**
   * Claims request from the other API's challenge, as JSON text: see `readClaimsChallenge`. It bypasses cached tokens.
   */
  readonly claims?: string;
}

/** Tokens for other APIs, for the caller of one request. */
export interface Downstream {
  /**
   * Exchanges the caller's token for a token of the same user for another API.
   *
   * @param scopes full scopes of one API, for example `https://graph.microsoft.com/User.Read`
   * @throws TypeError if the list is empty or an item is not a scope
   * @throws DownstreamError if the token is unavailable; if the handler does not catch it, the gate refuses the request
   * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
   *
   * @example
   * const { accessToken } = await state.downstream.onBehalfOf(["https://graph.microsoft.com/User.Read"]);
   */
  onBehalfOf(scopes: readonly string[], options?: OnBehalfOfOptions): Promise<DownstreamToken>;
  /**
   * Gets an app-only token of the gate, in the caller's tenant. Without a caller, the tenant is ENTRA_TENANT_ID.
   *
   * @param resource App ID URI of one API, for example `https://graph.microsoft.com`
   * @throws the same errors as {@link onBehalfOf}
   * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
   *
   * @example
   * const { accessToken } = await state.downstream.asApp("https://graph.microsoft.com");
   */
  asApp(resource: string): Promise<DownstreamToken>;
}

/** Options of `fetch`, and the scopes of the token that is sent. */
export interface DownstreamRequestInit extends Omit<RequestInit, "redirect"> {
  /** Full scopes of the API, for example `https://graph.microsoft.com/User.Read`. */
  readonly scopes: readonly string[];
}

/**
 * Sends a request to another API on behalf of the caller. It follows redirects on the same host, and returns other
 * redirects. If the API sends a claims challenge, it acquires a token with these claims and sends the request once
 * more. With the option `trace`, the request has the trace, unless `init` has a `traceparent`.
 *
 * @param url an https URL; plain http is only allowed on loopback
 * @param init as for `fetch`; it replaces the `authorization` header
 * @returns the response, with any status
 * @throws TypeError if the URL is not secure, or an item of `scopes` is not a scope
 * @throws DownstreamError if the token is unavailable
 *
 * @example
 * const response = await state.downstreamFetch("https://graph.microsoft.com/v1.0/me", {
 *   scopes: ["https://graph.microsoft.com/User.Read"],
 * });
 */
export type DownstreamFetch = (url: string | URL, init: DownstreamRequestInit) => Promise<Response>;

/** The interface of a provider to the gate. */
export interface TokenServiceFactory extends ConfigChecker {
  /** Builds the service for one environment. Does no I/O. */
  create(parts: ServiceContext): TokenService;
}

/** Returns the interface of a provider, whose creator `createGate` or `createEntraPlugin` has checked. */
export function readProvider(provider: DownstreamProvider | undefined): TokenServiceFactory | undefined {
  return provider as TokenServiceFactory | undefined;
}

export interface ServiceContext {
  readonly io: Io;
  readonly authority: Authority;
  readonly config: Pick<Config, "credentials">;
  /** Signs in at Entra with the gate's own key, if it is configured. */
  readonly signClientAssertion?: ClientAssertionSigner | undefined;
  /** Already checked. */
  readonly environment: Environment;
  /** With the option `spans`: finds a token within a span. */
  readonly trace?: TraceWork<Result<DownstreamToken, Denial>>;
}

/** Does work of the request with this `background` within a span. */
export type TraceWork<T> = (background: Background, work: () => Promise<T>) => Promise<T>;

/** What became of one request to the token endpoint. */
export interface AskedEndpoint {
  /** A refusal of Entra, or any other response that was read; `undefined` if nothing arrived. */
  readonly response: { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | undefined;
}

/** Tokens for other APIs, for one environment. */
export interface TokenService {
  /**
   * Sends a request to the token endpoint with one credential of the gate after another, until Entra accepts one.
   *
   * @param endpoint its URL
   * @param ask sends the request with the parameters of a credential
   * @returns `undefined` if Entra accepts none; the log then has a line for each
   */
  authenticate<Asked extends AskedEndpoint>(
    endpoint: string,
    ask: (credential: Readonly<Record<string, string>>) => Promise<Asked>,
    background: Background,
  ): Promise<Asked | undefined>;
  /**
   * Gets the `Authorization` header for the origin server, if the route or the configuration requires a token of its
   * own.
   *
   * @param ownScopes scopes of the route; `undefined` uses the configuration's
   * @returns a promise only if a token is exchanged
   */
  authorize(
    caller: TokenCaller,
    config: OriginConfig,
    ownScopes: readonly string[] | undefined,
  ): OwnAuthorization | Promise<OwnAuthorization>;
  /**
   * Exchanges the caller's token for one of another API. Never rejects.
   *
   * @param scopes full scopes of one API
   * @param claims request of the other API's challenge, as JSON text
   */
  exchange(caller: TokenCaller, scopes: readonly string[], claims?: string): Promise<Result<DownstreamToken, Denial>>;
  /** Returns the members of `state` for one request. */
  stateOf(caller: TokenCaller): { readonly downstream: Downstream; readonly downstreamFetch: DownstreamFetch };
}

/** An `Authorization` header; `undefined` if the origin gets no token of its own. */
export type OwnAuthorization = Result<string | undefined, Denial>;

/** The caller for whom a token is acquired. It is read late, because hooks run before the guard sets the principal. */
export interface TokenCaller {
  /** `undefined` on public routes. */
  readonly identity: Identity | undefined;
  /** The request with the principal's `Authorization` header. */
  readonly request: Request;
  readonly background: Background;
  /** With the option `trace`. */
  readonly trace?: CallTrace | undefined;
}
