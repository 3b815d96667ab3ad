import type { App, CorsHandler, Hooks, RequestContext } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import type { Facade, OwnCallback, ProtectedResource } from "../discovery/types.ts";
import { OAuthFault } from "./oauth-fault.ts";
import type { Parameters } from "./parameters.ts";
import { isRegistered } from "./redirect-uri.ts";

/** What the endpoints know about their facade. */
export interface FacadeContext {
  readonly clients: Clients;
  /** Resources whose authorization server this is. */
  readonly resources: readonly ProtectedResource[];
}

declare const checked: unique symbol;
/** A redirect URI of a known client. Nothing else may get a code or an error. */
export type CheckedUri = string & { readonly [checked]: true };

/** What a check of a client found. */
export interface CheckedClient {
  readonly redirectUri: CheckedUri;
  /** For a token request, what Entra gets in place of parameters; absent if it gets them unchanged. */
  readonly replaced?: Record<string, string>;
}

/** The clients of a facade. For Entra, they are all one application. */
export interface Clients {
  /** Name of the authority where users sign in. */
  readonly authority: string;
  /** Application ID of the registration in Entra. */
  readonly clientId: string;
  /** Redirect URIs for clients that register. */
  readonly redirectUris: readonly string[];
  /** What a callback of the gate changes. */
  readonly own?: OwnFlow;
  /** Sends token requests with a credential of the gate; absent if Entra gets none. */
  readonly redeem?: Redeem | undefined;
  /**
   * Checks that codes of a client may be sent to a redirect URI.
   *
   * @param parameters of the request; only a token request has `grant_type`
   * @throws OAuthFault if the client is unknown, or the redirect URI is not one of its own
   */
  check(
    clientId: string | undefined,
    redirectUri: string,
    parameters: Parameters,
    context: RequestContext,
  ): CheckedClient | Promise<CheckedClient>;
  /** @throws OAuthFault if the client is unknown */
  checkKnown(clientId: string | undefined, context: RequestContext): Promise<void> | void;
}

/** A response of Entra's token endpoint. */
export interface TokenResponse {
  readonly response: Response;
  /** The body, if it was read; `undefined` if it is streamed. */
  readonly text: string | undefined;
}

/**
 * Sends a token request to Entra with a credential.
 *
 * @param clientId as the client names itself
 * @returns `undefined` if Entra does not respond in time, or not as a token endpoint does
 */
export type Redeem = (
  form: URLSearchParams,
  context: RequestContext,
  clientId: string | undefined,
) => Promise<TokenResponse | undefined>;

/** Endpoints that replace those of a facade. */
export interface OwnEndpoints {
  readonly authorize: Endpoint;
  /** Writes refusals of `authorize` by the gate. */
  readonly inForm: Hooks;
  readonly register: Endpoint;
}

/** What a callback of the gate changes in its facade. */
export interface OwnFlow {
  /** Returns members of the metadata that are added, or replace others. */
  describe(): object;
  /** Declares further endpoints in an app. @returns those that replace endpoints of the facade */
  declare(app: App, add: AddEndpoint): OwnEndpoints;
}

/** Answers a request, or throws an OAuthFault or an HttpError. */
export type Endpoint = (shared: FacadeContext, context: RequestContext) => Response | Promise<Response>;

/**
 * Declares an endpoint that needs no token.
 *
 * @param policy its CORS policy; without it, pages of any origin may call the endpoint
 */
export type AddEndpoint = (
  hooks: Hooks | readonly Hooks[],
  method: "GET" | "POST",
  path: string,
  answer: Endpoint,
  policy?: { readonly cors?: CorsHandler },
) => unknown;

/**
 * Creates the clients of a facade with a callback of the gate. The facade does not import it, so that other bundles do
 * not contain it.
 */
export const ownClients = new WeakMap<OwnCallback, (options: Facade["options"]) => Clients>();

/**
 * Creates the clients of a facade. A client that is identified by the address of a metadata document needs no entry:
 * its ID is only a label, as that of a registered client is, and it has the shared redirect URIs. The document is not
 * fetched, because anybody can write one.
 */
export function createClients({ authority, clientId, redirectUris, clients = {} }: Facade["options"]): Clients {
  const known = new Map<string, readonly string[]>([[clientId, redirectUris], ...Object.entries(clients)]);

  function find(id = ""): readonly string[] {
    const uris = known.get(id) ?? (isMetadataAddress(id) ? redirectUris : undefined);
    if (uris === undefined) throw new OAuthFault("invalid_client", "The client is unknown.");
    return uris;
  }

  return {
    authority,
    clientId,
    redirectUris,
    checkKnown: (id) => void find(id),
    check(id, redirectUri, parameters) {
      if (isRegistered(redirectUri, find(id))) return { redirectUri: redirectUri as CheckedUri };
      const code = parameters.has("grant_type") ? "invalid_grant" : "invalid_request";
      throw new OAuthFault(code, "The redirect URI is not registered for this client.");
    },
  };
}

/**
 * Whether a client ID is the address of a metadata document: https with a path, which can be a slash, without a user
 * and a fragment, in the form that a URL parser writes (OAuth Client ID Metadata Document, "Client Identifier").
 */
export function isMetadataAddress(id: string): boolean {
  if (id.length > limits.facadeClientIdCharacters || id.includes("#")) return false;
  const { protocol, href, username, password } = URL.parse(id) ?? {};
  return protocol === "https:" && href === id && username === "" && password === "";
}
