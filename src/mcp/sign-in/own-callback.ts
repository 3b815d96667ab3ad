import {
  addPart,
  type Part,
  type PathString,
  type RequestContext,
  rateLimit,
  readDeclarations,
  requestContextOf,
} from "../../app/part.ts";
import { hashText } from "../../common/digest.ts";
import * as limits from "../../common/limits.ts";
import { checkOptionsOf, type Rule } from "../../common/options.ts";
import { mcpVariables } from "../../config/table.ts";
import type { VariableReader } from "../../config/variables.ts";
import { isKeyList } from "../../sealing/key-list.ts";
import type { Facade, OwnCallback } from "../discovery/types.ts";
import { readClientAddress } from "../facade/client-address.ts";
import { type Clients, ownClients } from "../facade/clients.ts";
import { facadePaths } from "../facade/facade.ts";
import { createApplications } from "./applications.ts";
import { createDocuments } from "./documents.ts";
import { ClientError } from "./errors.ts";
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
   * Hosts of client metadata documents: `["claude.ai", "vscode.dev"]`. Documents then come from no other host. Without it,
   * they come from any public host if the worker has the compatibility flag `global_fetch_strictly_public`, and from none
   * otherwise.
   */
  readonly clientDocuments?: readonly string[];
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
  checkOptionsOf("ownCallback", options, { clientDocuments: areHosts });
  const hosts = [...(options.clientDocuments ?? [])];
  const made: OwnCallback = Object.freeze({ path });
  ownClients.set(made, (checked) => createOwnClients(path, hosts, checked));
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

function createOwnClients(path: string, hosts: readonly string[], options: Facade["options"]): Clients {
  const { clientId, redirectUris, clients = {} } = options;
  const seals = createSeals(clientId);
  const documents = createDocuments(hosts);
  const applications = createApplications(options, seals, documents);
  const parts: CallbackParts = { path, seals, applications };
  // Later steps of a sign-in have a count of their own, so that as many people can sign in at once.
  const limit = rateLimit({
    windowMs: limits.facadeWindowMilliseconds,
    max: limits.facadeRequests,
    key: (context) => `facade step ${readClientAddress(requestContextOf(context))}`,
  });
  return {
    clientId,
    redirectUris,
    async check(id = "", redirectUri, parameters, context) {
      await applications.checkKnown(context, id);
      return openCode(parts, id, redirectUri, parameters.get("code"), context);
    },
    checkKnown: (id = "", context) => applications.checkKnown(context, id),
    own: {
      describe: () => ({
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: documents.isAvailable() || Object.keys(clients).length > 0,
      }),
      declare(app, add) {
        const own: Part = {
          variables: ["GATE_SESSION_KEY"],
          check(reader) {
            const others = readDeclarations(app).parts.filter((part) => part !== own);
            checkSessionKey(
              reader,
              others.some(({ variables = [] }) => variables.includes("GATE_SESSION_KEY")),
            );
          },
        };
        addPart(app, own);
        add(limit, "POST", consentPathOf(path), createConsent(parts), {});
        add(limit, "GET", path, createReceiver(parts), {});
        return { authorize: createAuthorize(parts, app), register: createRegistration(seals) };
      },
    },
  };
}

/** @param isChecked whether another part of the app checks the form of the key */
function checkSessionKey(reader: VariableReader, isChecked: boolean): void {
  if (reader.isFaulty("GATE_SESSION_KEY")) return;
  const example = "GATE_SESSION_KEY=k1:<32 bytes in base64url>";
  const key = reader.with(mcpVariables).secret("GATE_SESSION_KEY");
  if (key === undefined && !reader.isFaulty("GATE_SESSION_KEY")) {
    reader.fault("GATE_SESSION_KEY", "is required, because ownCallback encrypts sign-ins with it", example);
  }
  if (typeof key === "string" && !isChecked && !isKeyList(key)) {
    reader.fault("GATE_SESSION_KEY", "is not a list of names and keys of 32 bytes", example);
  }
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
  redirectUri: string | undefined,
  code: string | undefined,
  context: RequestContext,
): Promise<Record<string, string>> {
  // The facade says which parameter is missing.
  if (code === undefined || redirectUri === undefined) return {};
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
