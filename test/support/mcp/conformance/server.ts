// An MCP server for @modelcontextprotocol/conformance, made with the SDK of the protocol: with sessions and resumable
// streams up to 2025-11-25, and without both in 2026-07-28.
import { setTimeout as delay } from "node:timers/promises";
import {
  createMcpHandler,
  type EventStore,
  hostHeaderValidationResponse,
  isInitializeRequest,
  isLegacyRequest,
  type JSONRPCMessage,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  Server,
  type ServerContext,
  type ServerNotifier,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { contents, fillPrompt, forms, prompts, readResource, resources, templates, tools } from "./content.ts";
import { askForPrompt, inputPrompt, inputTools, states } from "./input.ts";

/** Creates an MCP server, which is the same at every path. */
export function createConformanceServer(): (request: Request) => Promise<Response> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const withoutSessions = createMcpHandler(() => createServer(withoutSessions.notify), { legacy: "reject" });

  return async (request) => {
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    const isLegacy = await isLegacyRequest(request);
    return isLegacy ? serveSession(request, sessions, withoutSessions.notify) : withoutSessions.fetch(request);
  };
}

async function serveSession(
  request: Request,
  sessions: Map<string, WebStandardStreamableHTTPServerTransport>,
  notify: ServerNotifier,
): Promise<Response> {
  const known = sessions.get(request.headers.get("mcp-session-id") ?? "");
  if (known !== undefined) return known.handleRequest(request);
  const body: unknown = request.method === "POST" ? await request.clone().json() : undefined;
  if (!isInitializeRequest(body)) return new Response("The session is unknown.\n", { status: 404 });
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
    eventStore: createEventStore(),
    retryInterval: 100,
  });
  await createServer(notify).connect(transport);
  return transport.handleRequest(request);
}

/** @param notify sends notifications to the streams of 2026-07-28 */
function createServer(notify: ServerNotifier): Server {
  const server = new Server(
    { name: "conformance", version: "1.0.0" },
    {
      capabilities: {
        completions: {},
        logging: {},
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        tools: { listChanged: true },
      },
      requestState: { verify: states.verify },
    },
  );
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", ({ params }, context) =>
    callTool(params.name, params.arguments ?? {}, context, notify),
  );
  server.setRequestHandler("prompts/list", () => ({ prompts }));
  server.setRequestHandler("prompts/get", ({ params }, context) => {
    const asked = params.name === inputPrompt ? askForPrompt(context) : undefined;
    const contents = fillPrompt(params.name, params.arguments ?? {});
    return asked ?? { messages: contents.map((content) => ({ role: "user" as const, content })) };
  });
  server.setRequestHandler("resources/list", () => ({ resources }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: templates }));
  server.setRequestHandler("resources/read", ({ params }) => ({ contents: [readResource(params.uri)] }));
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
  server.setRequestHandler("completion/complete", () => ({
    completion: { values: ["test"], total: 1, hasMore: false },
  }));
  return server;
}

async function callTool(
  name: string,
  given: Readonly<Record<string, unknown>>,
  context: ServerContext,
  notify: ServerNotifier,
) {
  const { mcpReq, http } = context;
  // Otherwise the client gets it on its other stream, which it may not have opened yet.
  const related = { relatedRequestId: mcpReq.id };
  const say = (text: string) => ({ content: [{ type: "text" as const, text }] });
  if (name in inputTools) return (await inputTools[name as keyof typeof inputTools](context)) ?? say("state-ok");
  if (name === "test_trigger_tool_change") notify.toolsChanged();
  if (name === "test_trigger_prompt_change") notify.promptsChanged();
  if (name === "test_logging_tool") await mcpReq.log("info", "called");
  if (name in contents) return { content: contents[name as keyof typeof contents] };
  if (name in forms) {
    const requestedSchema = forms[name as keyof typeof forms];
    const params = { mode: "form", message: String(given.message ?? "Complete the form."), requestedSchema } as const;
    return say(JSON.stringify(await mcpReq.elicitInput(params as never, related)));
  }
  if (name === "test_error_handling") return { ...say("The tool failed."), isError: true };
  if (name === "test_sampling") {
    const message = { role: "user" as const, content: { type: "text" as const, text: String(given.prompt) } };
    return say(JSON.stringify(await mcpReq.requestSampling({ messages: [message], maxTokens: 100 }, related)));
  }
  if (name === "test_reconnection") {
    http?.closeSSE?.();
    await delay(100);
  }
  for (const step of [0, 1, 2]) {
    if (name === "test_tool_with_logging") {
      await mcpReq.notify({ method: "notifications/message", params: { level: "info", data: `step ${step}` } });
    }
    const progressToken = mcpReq._meta?.progressToken;
    if (name === "test_tool_with_progress" && progressToken !== undefined) {
      const params = { progressToken, progress: step * 50, total: 100 };
      await mcpReq.notify({ method: "notifications/progress", params });
    }
    await delay(50);
  }
  return say("done");
}

/** The events of one session, by ID, in order. */
function createEventStore(): EventStore {
  const events: { readonly streamId: string; readonly message: JSONRPCMessage }[] = [];
  return {
    async storeEvent(streamId, message) {
      events.push({ streamId, message });
      return String(events.length - 1);
    },
    async replayEventsAfter(lastEventId, { send }) {
      const streamId = events[Number(lastEventId)]?.streamId ?? "";
      for (const [index, event] of events.entries()) {
        const isLater = index > Number(lastEventId) && event.streamId === streamId;
        if (isLater && Object.keys(event.message).length > 0) await send(String(index), event.message);
      }
      return streamId;
    },
  };
}
