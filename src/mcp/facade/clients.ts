import * as limits from "../../common/limits.ts";
import type { FacadeOptions, ProtectedResource } from "../discovery/types.ts";
import { OAuthFault } from "./oauth-fault.ts";
import { isRegistered } from "./redirect-uri.ts";

/** What the endpoints know about their facade. */
export interface FacadeContext {
  readonly clients: Clients;
  /** Resources whose authorization server this is. */
  readonly resources: readonly ProtectedResource[];
}

/** The clients of a facade. For Entra, they are all one application. */
export interface Clients {
  /** Application ID of the registration in Entra. */
  readonly clientId: string;
  /** Redirect URIs for clients that register. */
  readonly redirectUris: readonly string[];
  /**
   * Checks that codes of a client may be sent to a redirect URI.
   *
   * @throws OAuthFault if the client is unknown, or the redirect URI is not one of its own
   */
  check(clientId: string | undefined, redirectUri: string | undefined): void;
  /** @throws OAuthFault if the client is unknown */
  checkKnown(clientId: string | undefined): void;
}

/**
 * Creates the clients of a facade. A client that is identified by the address of a metadata document needs no entry: its
 * ID is only a label, as that of a registered client is, and it has the shared redirect URIs. The document is not
 * fetched, because anybody can write one.
 */
export function createClients({ clientId, redirectUris, clients = {} }: FacadeOptions): Clients {
  const known = new Map<string, readonly string[]>([[clientId, redirectUris], ...Object.entries(clients)]);

  function find(id = ""): readonly string[] {
    const uris = known.get(id) ?? (isMetadataAddress(id) ? redirectUris : undefined);
    if (uris === undefined) throw new OAuthFault("invalid_client", "The client is unknown.");
    return uris;
  }

  return {
    clientId,
    redirectUris,
    checkKnown: (id) => void find(id),
    check(id, redirectUri = "") {
      if (isRegistered(redirectUri, find(id))) return;
      throw new OAuthFault("invalid_request", "The redirect URI is not registered for this client.");
    },
  };
}

/**
 * Whether a client ID is the address of a metadata document: https with a path, without a user and a fragment, in the
 * form that a URL parser writes (OAuth Client ID Metadata Document, "Client Identifier").
 */
export function isMetadataAddress(id: string): boolean {
  if (id.length > limits.facadeClientIdCharacters || id.includes("#")) return false;
  const { protocol, href, pathname, username, password } = URL.parse(id) ?? {};
  return protocol === "https:" && href === id && pathname !== "/" && username === "" && password === "";
}
