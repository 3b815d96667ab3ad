import type { FacadeOptions, ResourceExtension } from "../types.ts";
import { OAuthFault } from "./oauth-fault.ts";
import { isRegistered } from "./redirect-uri.ts";

/** What the endpoints know. */
export interface FacadeParts {
  readonly clients: Clients;
  /** Resources that this is the authorization server of. */
  readonly resources: readonly ResourceExtension[];
}

/** The clients of a facade. All of them are one application to Entra. */
export interface Clients {
  /** Application ID that Entra knows. */
  readonly clientId: string;
  /** Redirect URIs of clients that register. */
  readonly redirectUris: readonly string[];
  readonly acceptsMetadataUrls: boolean;
  /**
   * Finds where codes of a client may go.
   *
   * @throws OAuthFault where the client is unknown, or the redirect URI is not one of its own
   */
  check(clientId: string | undefined, redirectUri: string | undefined): void;
  /** @throws OAuthFault where the client is unknown */
  checkKnown(clientId: string | undefined): void;
}

export function createClients({ clientId, redirectUris, clients = {} }: FacadeOptions): Clients {
  const known = new Map<string | undefined, readonly string[]>([[clientId, redirectUris], ...Object.entries(clients)]);

  function find(id: string | undefined): readonly string[] {
    const uris = known.get(id);
    if (uris === undefined) throw new OAuthFault("invalid_client", "The client is not known here.");
    return uris;
  }

  return {
    clientId,
    redirectUris,
    acceptsMetadataUrls: Object.keys(clients).length > 0,
    checkKnown: (id) => void find(id),
    check(id, redirectUri = "") {
      if (isRegistered(redirectUri, find(id))) return;
      throw new OAuthFault("invalid_request", "The redirect URI is not registered for the client.");
    },
  };
}
