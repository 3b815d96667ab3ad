import {
  type App,
  addPart,
  addRoute,
  type CorsHandler,
  type Hooks,
  limitCallers,
  type Part,
  type RequestContext,
  readDeclarations,
  requestContextOf,
} from "../../app/part.ts";
import { defaultAuthority, prefixOf } from "../../base/common/authority-name.ts";
import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { checkOptionsOf, type Rule } from "../../base/common/options.ts";
import { isGuid } from "../../core/config/guid.ts";
import { mcpVariables } from "../../core/config/table.ts";
import type { VariableReader } from "../../core/config/variables.ts";
import { isAuthorityNamed } from "../../core/policy/decision.ts";
import { checkSessionKey } from "../sealing/session-key.ts";
import { AuthorizationServer } from "./discovery/authorization-server.ts";
import { anyOrigin } from "./discovery/cors.ts";
import type { Facade, FacadeOptions, ProtectedResource, ResourceRoute } from "./discovery/types.ts";
import { readClientAddress } from "./facade/client-address.ts";
import type { Clients, Endpoint, FacadeContext } from "./facade/clients.ts";
import { createExchangeLimit } from "./facade/exchange-limit.ts";
import { writeMetadata } from "./facade/metadata.ts";
import { OAuthFault, writeOAuthError } from "./facade/oauth-fault.ts";
import { exchange } from "./facade/token.ts";
import { createApplications } from "./sign-in/applications.ts";
import { isMetadataAddress } from "./sign-in/client-metadata.ts";
import { openCode } from "./sign-in/code.ts";
import { checkCredential } from "./sign-in/configuration.ts";
import { createDocuments } from "./sign-in/documents.ts";
import { inFormOfPage } from "./sign-in/errors.ts";
import { createRedeem } from "./sign-in/redemption.ts";
import { checkRedirectUri } from "./sign-in/redirect-uri.ts";
import { createRegistration } from "./sign-in/registration.ts";
import { createSeals } from "./sign-in/seals.ts";
import {
  type CallbackParts,
  callbackUrl,
  consentPathOf,
  createAuthorize,
  createConsent,
  createReceiver,
} from "./sign-in/sign-in.ts";

const metadataPath = "/.well-known/oauth-authorization-server";
const ownPaths: readonly string[] = [metadataPath, "/authorize", "/token", "/register"];

/** Lists the paths of all endpoints. */
export function listFacadePaths({ callback }: Pick<FacadeOptions, "callback">): readonly string[] {
  return [...ownPaths, callback, consentPathOf(callback)];
}

/**
 * Makes the gate look like an authorization server, for MCP clients that need what Entra lacks: RFC 8414 metadata, PKCE
 * in it, client registration, `iss` in responses (RFC 9207), and refreshes without a scope. It stores nothing. Every
 * MCP client can sign in: one that `redirectUris` and `clients` do not list gets a page that asks the user for consent.
 * GATE_URL and GATE_SESSION_KEY are required. Read docs/tutorials/put-your-mcp-server-behind-entra.md first: all
 * clients share one registration, and with it the consent of its users.
 *
 * @param options see {@link FacadeOptions}
 * @throws TypeError if an option is faulty
 *
 * @example
 * const authorizationServer = facade({
 *   clientId: "33333333-4444-5555-6666-777777777777",
 *   callback: "/oauth/callback",
 * });
 * app.register(mcp("/mcp", { hooks: requireAuth("tools.read"), authorizationServer }));
 */
export function facade(options: FacadeOptions): Facade {
  return new EntraFacade(checkFacade(options));
}

/** The part of an app that has the endpoints of a facade. */
interface FacadePart extends Part, FacadeContext {
  readonly resources: ProtectedResource[];
}

class EntraFacade extends AuthorizationServer {
  readonly options: Facade["options"];
  readonly #parts: CallbackParts;
  readonly #clients: Clients;

  constructor(options: Facade["options"]) {
    super();
    this.options = options;
    const { authority, clientId, callback, clientDocuments, credential, clients = {} } = options;
    const seals = createSeals(options);
    const documents = createDocuments(clientDocuments ?? []);
    const applications = createApplications(options, seals, documents);
    const parts = { authority, path: callback, seals, applications };
    this.#parts = parts;
    this.#clients = {
      authority,
      clientId,
      redeem: credential && createRedeem(seals),
      canHaveDocuments: () => documents.isAvailable() || Object.keys(clients).length > 0,
      checkKnown: applications.checkKnown,
      openCode: async (context, code, id, redirectUri) => ({
        code: await openCode(seals, context, code, id, redirectUri),
        redirect_uri: callbackUrl(parts, context.setup),
      }),
    };
    Object.freeze(this);
  }

  serve(app: App, resource: ProtectedResource): void {
    const clients = this.#clients;
    const present = readDeclarations(app).parts.find((part) => (part as FacadePart).clients === clients);
    if (present !== undefined) {
      (present as FacadePart).resources.push(resource);
      return;
    }
    const { clientId, credential } = this.options;
    const resources = [resource];
    const part: FacadePart = {
      name: "facade",
      clients,
      resources,
      variables: ["GATE_SESSION_KEY"],
      check(reader, config, context) {
        checkVariables(reader, clients);
        if (credential !== undefined) checkCredential(reader, clientId, config, context);
        checkSessionKey(reader, "is required, because the facade encrypts sign-ins with it");
      },
      checkAuthority: (known) =>
        checkAuthority(
          clients,
          known,
          resources.flatMap((each) => each.listRoutes()),
        ),
    };
    addPart(app, part);
    declareRoutes(app, part, this.#parts);
  }
}

/** Declares the endpoints, which need no token. Pages of any origin may call those with CORS. */
function declareRoutes(app: App, shared: FacadeContext, parts: CallbackParts): void {
  const limitBy = (name: "facade" | "facade-step") =>
    limitCallers(
      { windowMs: limits.facadeWindowMilliseconds, max: limits.facadeRequests },
      (context) => `${name} ${readClientAddress(requestContextOf(context))}`,
    );
  const add = (
    hooks: Hooks | readonly Hooks[],
    method: "GET" | "POST",
    path: string,
    answer: Endpoint,
    cors?: CorsHandler,
  ) =>
    addRoute(app, {
      method,
      path,
      name: `facade${path.replace(/\W/g, "-")}`,
      public: true,
      hooks,
      ...(cors && { cors }),
      handler: (context) => answerOAuth(shared, context, answer),
    });
  const limit = limitBy("facade");
  // Later steps of a sign-in have a count of their own, so that as many people can sign in at once.
  const ofStep = [limitBy("facade-step"), inFormOfPage];
  const exchanges = createExchangeLimit();
  const answerExchange: Endpoint = (_, context) => exchange(shared, exchanges, context);
  add(inFormOfOAuth, "GET", metadataPath, (_, { setup }) => writeMetadata(shared, setup), anyOrigin);
  add([limit, inFormOfPage], "GET", "/authorize", createAuthorize(parts, app));
  add(ofStep, "POST", consentPathOf(parts.path), createConsent(parts));
  add(ofStep, "GET", parts.path, createReceiver(parts));
  add([exchanges.hooks, inFormOfOAuth], "POST", "/token", answerExchange, anyOrigin);
  add([limit, inFormOfOAuth], "POST", "/register", createRegistration(parts.seals), anyOrigin);
}

/** Clients read only OAuth errors, so refusals by the gate before an endpoint runs have that form too. */
const inFormOfOAuth: Hooks = {
  onSend(response) {
    if (response.headers.get("content-type") !== "application/problem+json") return;
    const { status, headers } = response;
    const code =
      status === 429 || status === 503 ? "temporarily_unavailable" : status < 500 ? "invalid_request" : "server_error";
    const rewritten = writeOAuthError(new OAuthFault(code, "The request was refused.", status));
    const retryAfter = headers.get("retry-after");
    if (retryAfter !== null) rewritten.headers.set("retry-after", retryAfter);
    return rewritten;
  },
};

/** Answers a client's fault in the form of OAuth. The pipeline handles every other exception. */
async function answerOAuth(shared: FacadeContext, context: RequestContext, answer: Endpoint): Promise<Response> {
  try {
    return await answer(shared, context);
  } catch (error) {
    if (error instanceof OAuthFault) return writeOAuthError(error);
    throw error;
  }
}

/** @throws TypeError if the authority is unknown, or a route does not admit its callers */
function checkAuthority({ authority }: Clients, known: readonly string[], routes: readonly ResourceRoute[]): void {
  if (!known.includes(authority)) {
    const name = JSON.stringify(authority);
    throw new TypeError(
      `facade: the gate does not declare the authority ${name}. Use one of ${known.join(", ")}, or add ${name} to the option authorities`,
    );
  }
  const other = routes.find(({ access }) => {
    const requirements = access.kind === "required" ? access.requirements : [];
    return !isAuthorityNamed(authority, requirements);
  });
  if (other === undefined) return;
  const advice =
    authority === defaultAuthority
      ? 'Write facade({ authority: "…" }) with an authority of the route'
      : `Write from: [${JSON.stringify(authority)}] in each requirement of the route`;
  throw new TypeError(
    `facade: route ${other.name} admits no callers of the authority ${authority}, where the users of the facade sign in. ${advice}`,
  );
}

function checkVariables(ofGate: VariableReader, { authority, clientId }: Clients): void {
  const reader = ofGate.with(mcpVariables).of(prefixOf(authority));
  // That of the default authority is the registration of the gate's own credential.
  if (authority !== defaultAuthority && (reader.text("ENTRA_CLIENT_ID") ?? clientId) !== clientId)
    reader.fault(
      "ENTRA_CLIENT_ID",
      "is not the clientId of the facade",
      `${reader.nameOf("ENTRA_CLIENT_ID")}=${clientId}`,
    );
  const uri = reader.text("ENTRA_APP_ID_URI");
  if (uri !== undefined && (URL.parse(uri) === null || /[\s"\\]|\/$/.test(uri))) {
    reader.fault("ENTRA_APP_ID_URI", "is not an Application ID URI without a slash at the end");
  }
}

const isCallback: Rule = (path) => {
  const isPath = typeof path === "string" && /^(?:\/[\w~-][\w.~-]*)+$/.test(path);
  return (isPath && !ownPaths.includes(path)) || "must be a path like /oauth/callback, and none of the facade's own";
};

const areHosts: Rule = (hosts) => {
  const isHost = (host: unknown) =>
    typeof host === "string" &&
    URL.parse(`https://${host}`)?.hostname === host &&
    /[a-z]/.test(host) &&
    !/[[\]*]|\.$/.test(host);
  return (Array.isArray(hosts) && hosts.length > 0 && hosts.every(isHost)) || 'must be host names like ["claude.ai"]';
};

const areRedirectUris: Rule = (uris) => {
  if (!Array.isArray(uris) || uris.length === 0) return "must be a list of at least one URI";
  const faults = uris.map((uri) => [uri, checkRedirectUri(uri)]);
  const [uri, problem] = faults.find(([, problem]) => problem !== undefined) ?? [];
  return problem === undefined || `contains ${JSON.stringify(uri)}, ${problem}`;
};

const areClients: Rule = (clients) => {
  if (!isRecord(clients)) {
    return 'must look like { "https://app.example/client.json": ["https://app.example/callback"] }';
  }
  for (const [id, uris] of Object.entries(clients)) {
    if (!isMetadataAddress(id)) {
      return `must have https URLs with a path, exactly as in their metadata, and not ${JSON.stringify(id)}`;
    }
    const problem = areRedirectUris(uris);
    if (problem !== true) throw new TypeError(`clients[${JSON.stringify(id)}] ${problem}`);
  }
  return true;
};

function checkFacade(options: FacadeOptions): Facade["options"] {
  checkOptionsOf(
    "facade",
    options,
    {
      authority: (name) =>
        (typeof name === "string" && name !== "") || 'must be a name of the option authorities, such as "customers"',
      clientDocuments: areHosts,
      credential: (credential) => credential === "gate" || 'must be "gate"',
      redirectUris: areRedirectUris,
      clients: areClients,
    },
    { clientId: (id) => isGuid(id) || "must be a client ID, a GUID in lower case", callback: isCallback },
  );
  const { authority = defaultAuthority, clientDocuments, credential, redirectUris = [], clients = {} } = options;
  if (authority !== defaultAuthority && credential !== undefined)
    throw new TypeError('facade: credential "gate" belongs to the authority default. Remove credential');
  const copies = Object.entries(clients).map(([id, uris]) => [id, Object.freeze([...uris])]);
  return Object.freeze({
    ...options,
    authority,
    redirectUris: Object.freeze([...redirectUris]),
    clients: Object.freeze(Object.fromEntries(copies)),
    ...(clientDocuments && { clientDocuments: Object.freeze([...clientDocuments]) }),
  });
}
