import { addPart, limitCallers, type PathString, type RequestContext, requestContextOf } from "../../../app/part.ts";
import { hashText } from "../../../base/common/digest.ts";
import * as limits from "../../../base/common/limits.ts";
import { checkOptionsOf, type Rule } from "../../../base/common/options.ts";
import { checkSessionKey } from "../../sealing/session-key.ts";
import type { Facade, OwnCallback } from "../discovery/types.ts";
import { readClientAddress } from "../facade/client-address.ts";
import { type CheckedUri, type Clients, ownClients } from "../facade/clients.ts";
import { facadePaths } from "../facade/facade.ts";
import { createApplications } from "./applications.ts";
import { checkCredential } from "./configuration.ts";
import { createDocuments } from "./documents.ts";
import { ClientError, inFormOfPage } from "./errors.ts";
import { createRedeem } from "./redemption.ts";
import { createRegistration } from "./registration.ts";
import { createSeals } from "./seals.ts";
import {
  type CallbackParts,
  callbackUrl,
  consentPathOf,
  createAuthorize,
  createConsent,
  createReceiver,
} from "./sign-in.ts";

/** Options of a callback. */
export interface OwnCallbackOptions {
  /**
   * Hosts of client metadata documents: `["claude.ai", "vscode.dev"]`. Documents then come from no other host. Without
   * it, they come from any public host if the worker has the compatibility flag `global_fetch_strictly_public`, and
   * from none otherwise.
   */
  readonly clientDocuments?: readonly string[];
  /**
   * `"gate"`: the gate redeems codes and refresh tokens with its own credential, for example ENTRA_CLIENT_FEDERATION.
   * The `clientId` of the facade must be ENTRA_CLIENT_ID, and `createGate` needs the option `downstream`. Clients get
   * sealed refresh tokens. Without it, the application in Entra is a public client.
   */
  readonly credential?: "gate";
}

/**
 * Gives a facade a callback of its own. Only this one address is registered in Entra. Every MCP client can sign in: one
 * that `redirectUris` and `clients` do not list gets a page that asks the user for consent. The gate sends `iss` (RFC
 * 9207) to all of them. GATE_URL and GATE_SESSION_KEY are required.
 *
 * @param path of the callback at the first address of GATE_URL
 * @param options see {@link OwnCallbackOptions}
 * @throws TypeError if the path or an option is faulty
 *
 * @example
 * const authorizationServer = facade({
 *   clientId: "33333333-4444-5555-6666-777777777777",
 *   callback: ownCallback("/oauth/callback"),
 * });
 */
export function ownCallback(path: PathString, options: OwnCallbackOptions = {}): OwnCallback {
  const isPath = typeof path === "string" && /^(?:\/[\w~-][\w.~-]*)+$/.test(path);
  if (!isPath || facadePaths.includes(path)) {
    throw new TypeError("ownCallback: path must look like /oauth/callback, and be none of the facade's own paths");
  }
  const isGate: Rule = (credential) => credential === "gate" || 'must be "gate"';
  checkOptionsOf("ownCallback", options, { clientDocuments: areHosts, credential: isGate });
  const { clientDocuments = [], credential } = options;
  const hosts = [...clientDocuments];
  const made: OwnCallback = Object.freeze({ path, credential });
  ownClients.set(made, (checked) => createOwnClients(made, hosts, checked));
  return made;
}

const areHosts: Rule = (hosts) => {
  const isHost = (host: unknown) =>
    typeof host === "string" &&
    URL.parse(`https://${host}`)?.hostname === host &&
    /[a-z]/.test(host) &&
    !/[[\]*]|\.$/.test(host);
  return (Array.isArray(hosts) && hosts.length > 0 && hosts.every(isHost)) || 'must be host names like ["claude.ai"]';
};

function createOwnClients(
  { path, credential }: OwnCallback,
  hosts: readonly string[],
  options: Facade["options"],
): Clients {
  const { authority, clientId, redirectUris, clients = {} } = options;
  const seals = createSeals(options);
  const documents = createDocuments(hosts);
  const applications = createApplications(options, seals, documents);
  const parts: CallbackParts = { authority, path, seals, applications };
  // Later steps of a sign-in have a count of their own, so that as many people can sign in at once.
  const limit = limitCallers(
    { windowMs: limits.facadeWindowMilliseconds, max: limits.facadeRequests },
    (context) => `facade-step ${readClientAddress(requestContextOf(context))}`,
  );
  return {
    authority,
    clientId,
    redirectUris,
    async check(id = "", redirectUri, parameters, context) {
      await applications.checkKnown(context, id);
      const replaced = await openCode(parts, id, redirectUri, parameters.get("code") ?? "", context);
      return { redirectUri: redirectUri as CheckedUri, replaced };
    },
    checkKnown: (id = "", context) => applications.checkKnown(context, id),
    redeem: credential && createRedeem(seals),
    own: {
      describe: () => ({
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: documents.isAvailable() || Object.keys(clients).length > 0,
      }),
      declare(app, add) {
        addPart(app, {
          name: `callback ${path}`,
          variables: ["GATE_SESSION_KEY"],
          check(reader, config, context) {
            if (credential !== undefined) checkCredential(reader, clientId, config, context);
            checkSessionKey(reader, "is required, because ownCallback encrypts sign-ins with it");
          },
        });
        const hooks = [limit, inFormOfPage];
        add(hooks, "POST", consentPathOf(path), createConsent(parts), {});
        add(hooks, "GET", path, createReceiver(parts), {});
        return { authorize: createAuthorize(parts, app), inForm: inFormOfPage, register: createRegistration(seals) };
      },
    },
  };
}

/** What a code of the gate contains. */
interface SealedCode {
  /** Code of Entra. */
  readonly code: string;
  /** Hashes of the client ID and of the redirect URI. */
  readonly client: string;
  readonly uri: string;
}

/**
 * Opens the code of a token request.
 *
 * @returns the code of Entra, and the callback of the gate for which it was issued
 * @throws ClientError if the code is not of this client and redirect URI
 */
async function openCode(
  parts: CallbackParts,
  clientId: string,
  redirectUri: string,
  code: string,
  context: RequestContext,
): Promise<Record<string, string>> {
  const opened = await parts.seals.open<SealedCode>(context, "Code", code);
  if (!opened.ok) throw refuseCode(`FacadeCode${opened.error}Error`);
  const { client, uri, code: ofEntra } = opened.value;
  if (client !== (await hashText(clientId))) throw refuseCode("FacadeCodeClientError");
  if (uri !== (await hashText(redirectUri))) throw refuseCode("FacadeCodeRedirectUriError");
  return { code: ofEntra, redirect_uri: callbackUrl(parts, context.setup) };
}

function refuseCode(name: ConstructorParameters<typeof ClientError>[0]): ClientError {
  return new ClientError(
    name,
    "invalid_grant",
    "The code is not valid for this client and redirect URI. Sign in again.",
  );
}
