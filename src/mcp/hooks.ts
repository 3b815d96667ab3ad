import type { HookContext } from "../app/contract/types.ts";
import type { Hooks } from "../app/hooks/hooks.ts";
import type { RequestContext } from "../app/serve/context.ts";
import { requestContextOf } from "../app/serve/handler-context.ts";
import { andThen } from "../result.ts";
import { noteRequirements } from "./challenge.ts";
import { checkHeaders, type Message, readMessages } from "./message.ts";
import { listTargets, type NamePolicy } from "./policy.ts";
import { findVersion, type ProtocolVersion, versionNames } from "./protocol.ts";
import { type Asked, filterResponse, missingSessionKey } from "./response.ts";
import { RpcError } from "./rpc-error.ts";
import { createSessions, type Sessions } from "./session.ts";

/** Hooks that run before the guard, and hooks that run after it. */
interface McpHooks {
  readonly before: Hooks;
  readonly inside: Hooks;
}

const sessionHeader = "mcp-session-id";

/**
 * Creates the hooks of an MCP route: for the pages that may call it, for its messages, for sessions, and for lists.
 *
 * @param origins of pages that may call, in addition to the gate's own
 */
export function createMcpHooks(path: string, policy: NamePolicy, origins: readonly string[]): McpHooks {
  const sessions = createSessions(path);
  const asked = new WeakMap<RequestContext, Asked & { readonly version: ProtocolVersion }>();
  const isAllowed = isOriginAllowed(origins);

  return {
    before: {
      preBody({ request }: HookContext): undefined {
        const origin = request.headers.get("origin");
        const isOwn = origin === URL.parse(request.url)?.origin;
        if (origin === null || isOwn || isAllowed(origin)) return;
        throw new RpcError(403, "McpOriginNotAllowedError", "Pages of this origin may not call this server.");
      },
    },
    inside: {
      beforeHandle(hookContext: HookContext) {
        const context = requestContextOf(hookContext);
        const version = readVersion(context.request.headers);
        if (context.method !== "POST") {
          if (!version.hasSessions) throw new RpcError(405, "McpMethodNotAllowedError", "The method must be POST.");
          asked.set(context, { methods: [], version });
          return prepare(context, version, sessions, policy);
        }
        const messages = readMessages(context.body, version);
        for (const message of messages) checkHeaders(context.request.headers, message, version);
        asked.set(context, { methods: messages.map(({ method }) => method), version });
        return andThen(
          admitAll(context, messages, policy),
          (refusal) => refusal ?? prepare(context, version, sessions, policy),
        );
      },
      async onSend(response: Response, hookContext: HookContext) {
        const context = requestContextOf(hookContext);
        const found = asked.get(context);
        // Refused before the gate read the messages.
        if (found === undefined || context.denial !== undefined) return response;
        const filtered = await filterResponse(response, context, policy, found);
        await replaceSession(filtered.headers, context, found.version, sessions);
        return filtered;
      },
    },
  };
}

/** Whether pages of an origin may call. */
export function isOriginAllowed(origins: readonly string[]): (origin: string) => boolean {
  return (origin) => origins.includes(origin);
}

function readVersion(headers: Headers): ProtocolVersion {
  const requested = headers.get("mcp-protocol-version");
  const version = findVersion(requested);
  if (version !== undefined) return version;
  const data = { supported: versionNames, requested: /^[\w-]{1,32}$/.test(requested ?? "") ? requested : "" };
  throw new RpcError(400, "McpUnsupportedVersionError", "The protocol version is not supported.", null, data);
}

/** Asks the guard about everything that the messages name. One refusal refuses all messages. */
function admitAll(context: RequestContext, messages: readonly Message[], policy: NamePolicy) {
  const verdicts = messages.flatMap(listTargets).map(([kind, name]) => policy.decide(kind, name));
  if (verdicts.some(({ kind }) => kind === "refused"))
    return context.refuse({ reason: "requirement_missing", scopes: [] });
  const wanted = new Set(verdicts.flatMap((verdict) => (verdict.kind === "required" ? [verdict.requirement] : [])));
  const [first, ...others] = wanted;
  if (first === undefined) return undefined;
  const requirements = [first, ...others] as const;
  noteRequirements(context, requirements);
  return context.admit({ kind: "required", requirements });
}

/**
 * Creates the request for the server: with the server's own session ID, and without compression if the gate must read
 * the response.
 */
async function prepare(
  context: RequestContext,
  { hasSessions }: ProtocolVersion,
  sessions: Sessions,
  policy: NamePolicy,
): Promise<undefined> {
  const sealed = context.request.headers.get(sessionHeader);
  if (sealed === null && policy.kinds.size === 0) return;
  const id = sealed !== null && hasSessions ? await sessions.open(context, sealed) : undefined;
  if (sealed !== null && hasSessions && id === undefined) {
    throw new RpcError(404, "McpSessionNotFoundError", "The session is unknown. Start a new session.");
  }
  const headers = new Headers(context.request.headers);
  headers.delete(sessionHeader);
  if (id !== undefined) headers.set(sessionHeader, id);
  if (policy.kinds.size > 0) headers.set("accept-encoding", "identity");
  context.request = new Request(context.request, { headers });
}

/** A server without sessions sends no ID, so its client gets none. */
async function replaceSession(
  headers: Headers,
  context: RequestContext,
  { hasSessions }: ProtocolVersion,
  sessions: Sessions,
): Promise<void> {
  const id = headers.get(sessionHeader);
  if (id === null) return;
  headers.delete(sessionHeader);
  if (!hasSessions) return;
  const sealed = await sessions.seal(context, id);
  if (sealed === undefined) throw missingSessionKey();
  headers.set(sessionHeader, sealed);
}
