import {
  type HookContext,
  type Hooks,
  keepPerSetup,
  type PartStep,
  type ReadResponse,
  type RequestContext,
  readChunks,
  requestContextOf,
} from "../../../app/part.ts";
import { andThen, firstInTurn } from "../../../base/common/result.ts";
import { spellHeader } from "../../../base/http/name-spelling.ts";
import { readAddress } from "../../../base/http/path.ts";
import { readBodies } from "../../../base/http/read-bodies.ts";
import { removeHeaders } from "../../../base/http/remove-headers.ts";
import type { Access, Requirement } from "../../../core/policy/rule.ts";
import {
  checkHeaders,
  discoverMethod,
  findId,
  findVersion,
  type Message,
  type ProtocolVersion,
  readMessages,
} from "./message.ts";
import { listTargets, type NameRules } from "./name-rules.ts";
import { type Asked, filterResponse, missingSessionKey } from "./response.ts";
import { RpcError } from "./rpc-error.ts";
import { createServerVersions, type ServerVersions } from "./server-versions.ts";
import { createSessions, type Sessions } from "./session.ts";

const sessionHeader = "mcp-session-id";

/**
 * Creates the hook that refuses pages of other origins.
 *
 * @param isAllowed whether pages of an origin may call, in addition to the gate's own
 */
export function checkPage(isAllowed: (origin: string) => boolean): Hooks {
  return {
    preBody(context: HookContext): undefined {
      const { request, target } = requestContextOf(context);
      const origin = request.headers.get("origin");
      if (origin === null || origin === readAddress(target.url)?.origin || isAllowed(origin)) return;
      throw new RpcError(403, "McpOriginNotAllowedError", "Pages of this origin may not call this server.");
    },
  };
}

/**
 * Creates the step of an MCP route: for its messages, for sessions, and for lists.
 *
 * @param isPublic whether anyone may call the route
 */
export function createMessageStep(path: string, policy: NameRules, isPublic: boolean): PartStep {
  const sessions = createSessions(path, isPublic);
  const versionsOf = keepPerSetup(createServerVersions);

  return (context) => {
    const requested = context.request.headers.get("mcp-protocol-version");
    const version = findVersion(requested);
    if (version === undefined) throw refuseVersion(requested, versionsOf(context), context.body?.value);
    if (context.target.method !== "POST") {
      if (!version.hasSessions) throw new RpcError(405, "McpMethodNotAllowedError", "The method must be POST.");
      return andThen(refuseContent(context), () => prepare(context, { methods: [], version }, []));
    }
    const messages = readMessages(context.body?.value, version);
    for (const message of messages) checkHeaders(context.request.headers, message, version);
    const methods = messages.map(({ method }) => method);
    return andThen(
      admitAll(context, messages, policy),
      (refusal) => refusal ?? prepare(context, { methods, version }, messages),
    );
  };

  /**
   * Prepares the request for the server: with the server's own session ID, without compression if the gate must read
   * the response, and without headers that the gate did not compare with the body.
   */
  function prepare(
    context: RequestContext,
    found: Asked,
    messages: readonly Message[],
  ): ReadResponse | Promise<ReadResponse> {
    const versions = found.methods.includes(discoverMethod) ? versionsOf(context) : undefined;
    /** Removes from the server's response what its caller may not see, and seals the session ID. */
    const read: ReadResponse = (response) =>
      response.edit((received) =>
        andThen(filterResponse(received, context, policy, found, versions), (filtered) => {
          if (!(filtered instanceof Response)) return filtered;
          return andThen(replaceSession(filtered.headers, context, found.version, sessions), () => filtered);
        }),
      );
    // The gate has created a request whose body it has read. Headers of a received request are immutable.
    if (!readBodies.has(context.request)) context.request = new Request(context.request);
    const { headers } = context.request;
    if (policy.kinds.size > 0 || versions !== undefined) headers.set("accept-encoding", "identity");
    const sealed = headers.get(sessionHeader);
    const { hasSessions } = found.version;
    const namesOne = messages.some(({ rule }) => rule.nameIn !== undefined);
    const compared = hasSessions ? [] : ["mcp-method", ...(namesOne ? ["mcp-name"] : [])];
    removeHeaders(headers, (name) => isDropped(name, compared));
    if (sealed === null || !hasSessions) return read;
    return andThen(sessions.open(context, sealed), (id) => {
      if (id === undefined)
        throw new RpcError(404, "McpSessionNotFoundError", "The session is unknown. Start a new session.");
      headers.set(sessionHeader, id);
      return read;
    });
  }
}

/**
 * Refuses a request other than POST if it has content.
 *
 * @throws RpcError, and the errors of reading the body
 */
function refuseContent(context: RequestContext): undefined | Promise<undefined> {
  const { target, request, services } = context;
  const { body, headers } = request;
  const length = headers.get("content-length");
  if (length === "0" || (length === null && body === null && !headers.has("transfer-encoding"))) return undefined;
  // Deno and Node have no body for any GET, and a body for every DELETE, whose length is known only when it ends.
  if (target.method !== "DELETE" || length !== null || body === null) throw strayContent();
  const refuseChunk = ({ byteLength }: Uint8Array) => {
    if (byteLength > 0) throw strayContent();
  };
  return readChunks(body, services.io, refuseChunk).then(() => {
    context.body = { value: undefined, bytes: new Uint8Array() };
    return undefined;
  });
}

function strayContent(): RpcError {
  return new RpcError(400, "McpInvalidRequestError", "Only POST has a message.");
}

/** The gate cannot judge messages of a version that it does not know, also if the server knows it. */
function refuseVersion(requested: string | null, versions: ServerVersions, body: unknown): RpcError {
  const data = { supported: versions.list(), requested: /^[\w.-]{1,32}$/.test(requested ?? "") ? requested : "" };
  const text = "The protocol version is not supported.";
  return new RpcError(400, "McpUnsupportedVersionError", text, findId(body), data);
}

/** Asks the guard about everything that the messages name. One refusal refuses all messages. */
function admitAll(context: RequestContext, messages: readonly Message[], policy: NameRules) {
  const wanted = new Set<Requirement>();
  const reported = new Set<Access>();
  // To compare the other addresses of a batch after a refusal would take time.
  const refusal = firstInTurn(messages.flatMap(listTargets), ([kind, name]) => {
    const access = policy.accessOf(kind, name);
    for (const entry of access?.entries ?? []) {
      context.names ??= new Set();
      context.names.add(`${kind}/${entry}`);
    }
    if (access?.kind === "required") for (const requirement of access.requirements) wanted.add(requirement);
    if (access?.kind !== "closed" || reported.has(access)) return undefined;
    reported.add(access);
    return context.admit(access);
  });
  return andThen(refusal, (refused) => {
    const [first, ...others] = wanted;
    if (refused !== undefined || first === undefined) return refused;
    return context.admit({ kind: "required", requirements: [first, ...others] });
  });
}

/**
 * Whether the gate removes a header. With `Upgrade`, messages could pass that the gate does not read. With a range or a
 * condition, the response could be a part of a list.
 *
 * @param compared names of headers that the gate compared with the body
 */
function isDropped(name: string, compared: readonly string[]): boolean {
  // Servers that pass headers as variables cannot distinguish the spellings (RFC 3875 section 4.1.18).
  const { whole } = spellHeader(name);
  if (/^(?:upgrade|range|if-.+)$/.test(whole) || whole === sessionHeader) return true;
  if (whole.startsWith("mcp-") && whole !== name) return true;
  return ["mcp-method", "mcp-name"].includes(whole) && !compared.includes(whole);
}

/** A server without sessions sends no ID, so its client gets none. */
function replaceSession(
  headers: Headers,
  context: RequestContext,
  { hasSessions }: ProtocolVersion,
  sessions: Sessions,
): undefined | Promise<undefined> {
  const id = headers.get(sessionHeader);
  if (id === null) return undefined;
  headers.delete(sessionHeader);
  if (!hasSessions) return undefined;
  return sessions.seal(context, id).then((sealed) => {
    if (sealed === undefined) throw missingSessionKey();
    headers.set(sessionHeader, sealed);
    return undefined;
  });
}
