// An MCP server for @modelcontextprotocol/conformance, made with the SDK of the protocol, with sessions and resumable
// streams.
import { setTimeout as delay } from "node:timers/promises";
import {
  type EventStore,
  isInitializeRequest,
  type JSONRPCMessage,
  Server,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { contents, fillPrompt, forms, prompts, readResource, resources, templates, tools } from "./content.ts";

const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

/** Serves the MCP server at every path. */
export async function handle(request: Request): Promise<Response> {
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
  await createServer().connect(transport);
  return transport.handleRequest(request);
}

function createServer(): Server {
  const server = new Server(
    { name: "conformance", version: "1.0.0" },
    { capabilities: { completions: {}, logging: {}, prompts: {}, resources: { subscribe: true }, tools: {} } },
  );
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", ({ params }, context) =>
    callTool(params.name, params.arguments ?? {}, context),
  );
  server.setRequestHandler("prompts/list", () => ({ prompts }));
  server.setRequestHandler("prompts/get", ({ params }) => ({
    messages: fillPrompt(params.name, params.arguments ?? {}).map((content) => ({ role: "user" as const, content })),
  }));
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

async function callTool(name: string, given: Readonly<Record<string, unknown>>, { mcpReq, http }: ServerContext) {
  // Otherwise the client gets it on its other stream, which it may not have opened yet.
  const related = { relatedRequestId: mcpReq.id };
  const say = (text: string) => ({ content: [{ type: "text" as const, text }] });
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
