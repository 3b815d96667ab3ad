import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { describeCause } from "../../../src/cli-exports/common.ts";
import { parseJson } from "../../../src/cli-exports/text.ts";

/** Orders that the sample MCP server lists and deletes. */
const orders = ["1001", "1002", "1003"];

/** A sample MCP server, made with the SDK of the protocol. Versions up to 2025-11-25 have sessions. */
export interface SampleServer {
  fetch(request: Request): Promise<Response>;
}

export function createSampleServer(): SampleServer {
  const handler = createMcpHandler(() => createServer(), { legacy: "reject" });
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createServer().connect(transport);
    return transport;
  }

  return {
    async fetch(request) {
      if (new URL(request.url).pathname !== "/mcp") return new Response("The server is at /mcp.\n", { status: 404 });
      let body: unknown;
      try {
        // The SDK parses the same text again.
        if (request.method === "POST") body = parseJson(await request.clone().text());
      } catch (error) {
        return new Response(`The body is not accepted: ${describeCause(error)}\n`, { status: 400 });
      }
      if (!(await isLegacyRequest(request))) return handler.fetch(request);
      const id = request.headers.get("mcp-session-id");
      const known = id === null ? undefined : sessions.get(id);
      if (known !== undefined) return known.handleRequest(request);
      if (isInitializeRequest(body)) return (await open()).handleRequest(request);
      return new Response("The session is unknown.\n", { status: 404 });
    },
  };
}

function createServer(): McpServer {
  const server = new McpServer({ name: "orders", version: "1.0.0" });
  server.registerTool("orders_list", { description: "Lists the orders." }, async () => write(orders.join(", ")));
  server.registerTool("orders_count", { description: "Counts the orders." }, async () => write(String(orders.length)));
  server.registerTool("orders_delete", { description: "Deletes all orders." }, async () => write("deleted"));
  server.registerPrompt("summary", { description: "Asks for a summary." }, () => ({
    messages: [{ role: "user", content: { type: "text", text: "Summarize the orders." } }],
  }));
  return server;
}

function write(text: string) {
  return { content: [{ type: "text" as const, text }] };
}
