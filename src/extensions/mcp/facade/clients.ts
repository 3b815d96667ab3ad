import type { RequestContext } from "../../../app/part.ts";
import type { ProtectedResource } from "../discovery/types.ts";

/** What the endpoints know about their facade. */
export interface FacadeContext {
  readonly clients: Clients;
  /** Resources whose authorization server this is. */
  readonly resources: readonly ProtectedResource[];
}

/** The clients of a facade. For Entra, they are all one application. */
export interface Clients {
  /** Name of the authority where users sign in. */
  readonly authority: string;
  /** Application ID of the registration in Entra. */
  readonly clientId: string;
  /** Sends token requests with a credential of the gate; absent if Entra gets none. */
  readonly redeem?: Redeem | undefined;
  /** Whether clients can have a metadata document. Otherwise they should register. */
  canHaveDocuments(): boolean;
  /** @throws ClientError if the gate does not know the ID. Clients then register again */
  checkKnown(context: RequestContext, clientId: string): Promise<void>;
  /**
   * Opens the code of a token request.
   *
   * @returns the code of Entra, and the callback of the gate for which it was issued
   * @throws ClientError if the code is not of this client and redirect URI
   */
  openCode(
    context: RequestContext,
    code: string,
    clientId: string,
    redirectUri: string,
  ): Promise<{ readonly code: string; readonly redirect_uri: string }>;
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
  clientId: string,
) => Promise<TokenResponse | undefined>;

/** Answers a request, or throws an OAuthFault or an HttpError. */
export type Endpoint = (shared: FacadeContext, context: RequestContext) => Response | Promise<Response>;
