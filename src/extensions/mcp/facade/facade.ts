import {
  type App,
  addPart,
  addRoute,
  type Hooks,
  limitCallers,
  type Part,
  type RequestContext,
  readDeclarations,
  requestContextOf,
} from "../../../app/part.ts";
import { defaultAuthority, prefixOf } from "../../../base/common/authority-name.ts";
import * as limits from "../../../base/common/limits.ts";
import { isRecord } from "../../../base/common/objects.ts";
import { checkOptionsOf, type Rule } from "../../../base/common/options.ts";
import { isGuid } from "../../../core/config/guid.ts";
import { mcpVariables } from "../../../core/config/table.ts";
import type { VariableReader } from "../../../core/config/variables.ts";
import { isAuthorityNamed } from "../../../core/policy/decision.ts";
import { AuthorizationServer } from "../discovery/authorization-server.ts";
import { anyOrigin } from "../discovery/cors.ts";
import type { Facade, FacadeOptions, OwnCallback, ProtectedResource, ResourceRoute } from "../discovery/types.ts";
import { readClientAddress } from "./client-address.ts";
import {
  type AddEndpoint,
  type Clients,
  createClients,
  type Endpoint,
  type FacadeContext,
  isMetadataAddress,
  ownClients,
} from "./clients.ts";
import { createExchangeLimit } from "./exchange-limit.ts";
import { writeMetadata } from "./metadata.ts";
import { OAuthFault, writeOAuthError } from "./oauth-fault.ts";
import { checkRedirectUri } from "./redirect-uri.ts";
import { registerClient } from "./registration.ts";
import { redirectToEntra } from "./sign-in.ts";
import { exchange } from "./token.ts";

const metadataPath = "/.well-known/oauth-authorization-server";
/** Hooks of all endpoints. */
export const facadePaths: readonly string[] = [metadataPath, "/authorize", "/token", "/register"];

/**
 * Makes the gate look like an authorization server, for MCP clients that need what Entra lacks: RFC 8414 metadata, PKCE
 * in it, client registration, and refreshes without a scope. It stores nothing. It redirects the browser to Entra, and
 * forwards token requests to Entra. Use it with the option `callback`: without it, Entra sends the code directly to the
 * client, and the client gets no `iss` (RFC 9207). Read docs/tutorials/put-your-mcp-server-behind-entra.md first: all
 * clients share one registration, and with it the consent of its users.
 *
 * @param options see {@link FacadeOptions}
 * @throws TypeError if an option is faulty
 *
 * @example
 * const authorizationServer = facade({
 *   clientId: "33333333-4444-5555-6666-777777777777",
 *   callback: ownCallback("/oauth/callback"),
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
  readonly #clients: Clients;

  constructor(options: Facade["options"]) {
    super();
    this.options = options;
    this.#clients = (ownClients.get(options.callback as OwnCallback) ?? createClients)(options);
    Object.freeze(this);
  }

  serve(app: App, resource: ProtectedResource): void {
    const clients = this.#clients;
    const present = readDeclarations(app).parts.find((part) => (part as FacadePart).clients === clients);
    if (present !== undefined) {
      (present as FacadePart).resources.push(resource);
      return;
    }
    const resources = [resource];
    const part: FacadePart = {
      name: "facade",
      clients,
      resources,
      check: (reader) => checkVariables(reader, clients),
      checkAuthority: (known) =>
        checkAuthority(
          clients,
          known,
          resources.flatMap((each) => each.listRoutes()),
        ),
    };
    addPart(app, part);
    declareRoutes(app, part);
  }
}

function declareRoutes(app: App, shared: FacadeContext): void {
  const limit = limitCallers(
    { windowMs: limits.facadeWindowMilliseconds, max: limits.facadeRequests },
    (context) => `facade ${readClientAddress(requestContextOf(context))}`,
  );
  const add: AddEndpoint = (hooks, method, path, answer, policy = { cors: anyOrigin }) =>
    addRoute(app, {
      method,
      path,
      name: `facade${path.replace(/\W/g, "-")}`,
      public: true,
      hooks,
      ...policy,
      handler: (context) => answerOAuth(shared, context, answer),
    });
  const own = shared.clients.own?.declare(app, add);
  const exchanges = createExchangeLimit();
  add(inFormOfOAuth, "GET", metadataPath, (_, { setup }) => writeMetadata(shared, setup));
  add([limit, own?.inForm ?? inFormOfOAuth], "GET", "/authorize", own?.authorize ?? redirectToEntra, own && {});
  add([exchanges.hooks, inFormOfOAuth], "POST", "/token", (_, context) => exchange(shared, exchanges, context));
  add([limit, inFormOfOAuth], "POST", "/register", own?.register ?? registerClient);
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

const isAuthority: Rule = (name) =>
  (typeof name === "string" && name !== "") || 'must be a name of the option authorities, such as "customers"';

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
  const isClient: Rule = (id) => isGuid(id) || "must be a client ID, a GUID in lower case";
  const isOwn: Rule = (callback) => ownClients.has(callback as OwnCallback) || "must be ownCallback(path)";
  const { callback } = Object(options) as FacadeOptions;
  const areUris: Rule = (uris) => (callback !== undefined && uris === undefined) || areRedirectUris(uris);
  const optional = { authority: isAuthority, clients: areClients, callback: isOwn };
  checkOptionsOf("facade", options, optional, { clientId: isClient, redirectUris: areUris });
  const { authority = defaultAuthority, redirectUris = [], clients = {} } = options;
  if (authority !== defaultAuthority && callback?.credential !== undefined)
    throw new TypeError(
      'facade: credential "gate" of the callback belongs to the authority default. Remove credential',
    );
  const copies = Object.entries(clients).map(([id, uris]) => [id, Object.freeze([...uris])]);
  return Object.freeze({
    ...options,
    authority,
    redirectUris: Object.freeze([...redirectUris]),
    clients: Object.freeze(Object.fromEntries(copies)),
  });
}
