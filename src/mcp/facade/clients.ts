import type { FacadeOptions, ResourceExtension } from "../types.ts";
import { OAuthFault } from "./oauth-fault.ts";
import { isRegistered } from "./redirect-uri.ts";

/** What the endpoints know about their facade. */
export interface FacadeParts {
  readonly clients: Clients;
  /** Resources whose authorization server this is. */
  readonly resources: readonly ResourceExtension[];
}

/** The clients of a facade. For Entra, they are all one application. */
export interface Clients {
  /** Application ID of the registration in Entra. */
  readonly clientId: string;
  /** Redirect URIs for clients that register. */
  readonly redirectUris: readonly string[];
  readonly acceptsMetadataUrls: boolean;
  /**
   * Returns the redirect URI to which codes of a client are sent.
   *
   * @throws OAuthFault if the client is unknown, or the redirect URI is not one of its own
   */
  check(clientId: string | undefined, redirectUri: string | undefined): void;
  /** @throws OAuthFault if the client is unknown */
  checkKnown(clientId: string | undefined): void;
}

export function createClients({ clientId, redirectUris, clients = {} }: FacadeOptions): Clients {
  const known = new Map<string | undefined, readonly string[]>([[clientId, redirectUris], ...Object.entries(clients)]);

  function find(id: string | undefined): readonly string[] {
    const uris = known.get(id);
    if (uris === undefined) throw new OAuthFault("invalid_client", "The client is unknown.");
    return uris;
  }

  return {
    clientId,
    redirectUris,
    acceptsMetadataUrls: Object.keys(clients).length > 0,
    checkKnown: (id) => void find(id),
    check(id, redirectUri = "") {
      if (isRegistered(redirectUri, find(id))) return;
      throw new OAuthFault("invalid_request", "The redirect URI is not registered for this client.");
    },
  };
}
