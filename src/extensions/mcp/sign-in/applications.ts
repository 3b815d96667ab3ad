import type { RequestContext } from "../../../app/part.ts";
import type { Facade } from "../discovery/types.ts";
import type { Clients } from "../facade/clients.ts";
import { isMetadataAddress, type Registration } from "./client-metadata.ts";
import type { Documents } from "./documents.ts";
import { ClientError, SignInError } from "./errors.ts";
import { isIncluded, isUsable } from "./redirect-uri.ts";
import type { SealProblem, Seals } from "./seals.ts";

/** The application that asks for a sign-in. */
export interface Application {
  /** Whether the operator listed it, so that it needs no consent. */
  readonly isListed: boolean;
  /** The name that it gives itself. */
  readonly name?: string | undefined;
  /** Host of its metadata document. */
  readonly host?: string;
}

/** Finds the application of a client ID. */
export interface Applications extends Pick<Clients, "checkKnown"> {
  /**
   * Checks that codes of a client may be sent to a redirect URI.
   *
   * @throws SignInError if the client is unknown, or the redirect URI is not one of its own
   */
  find(context: RequestContext, clientId: string, redirectUri: string): Promise<Application>;
}

/** @param options clients and redirect URIs that the operator listed */
export function createApplications(
  { clientId: sharedId, redirectUris, clients = {} }: Facade["options"],
  seals: Seals,
  documents: Documents,
): Applications {
  const known = new Map<string, readonly string[]>([[sharedId, redirectUris], ...Object.entries(clients)]);
  const refuseUri = () =>
    new SignInError("FacadeRedirectUriUnknownError", "The application did not register the address of its callback.");

  /** Redirect URIs that need no consent. A client with an entry has only those of its entry. */
  function isListed(clientId: string, redirectUri: string): boolean {
    const own = known.get(clientId);
    const listed = isIncluded(redirectUri, own ?? redirectUris);
    if (own !== undefined && !listed) throw refuseUri();
    return listed;
  }

  return {
    async find(context, clientId, redirectUri) {
      if (!isUsable(redirectUri, context.setup)) throw refuseUri();
      const isDescribed = isMetadataAddress(clientId);
      if (isDescribed || known.get(clientId) !== undefined) {
        if (isListed(clientId, redirectUri)) return { isListed: true };
        const document = await documents.find(context, clientId);
        if (!isIncluded(redirectUri, document.uris)) throw refuseUri();
        return { isListed: false, name: document.name, host: new URL(clientId).host };
      }
      const opened = await seals.open<Registration>(context, "Client", clientId);
      if (!opened.ok) throw new SignInError(nameClient(opened.error), "The application is unknown here.");
      const { name, uris } = opened.value;
      if (!isIncluded(redirectUri, uris)) throw refuseUri();
      return { isListed: isListed(clientId, redirectUri), name };
    },
    async checkKnown(context, clientId) {
      if (known.get(clientId) !== undefined || isMetadataAddress(clientId)) return;
      const opened = await seals.open(context, "Client", clientId);
      if (opened.ok) return;
      throw new ClientError(
        nameClient(opened.error),
        "invalid_client",
        "The client is unknown. Register it again.",
        401,
      );
    },
  };
}

function nameClient(problem: SealProblem): `FacadeClient${SealProblem}Error` {
  return `FacadeClient${problem}Error`;
}
