import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const result = { supportedVersions: ["2027-01-01", "2026-07-28", "2025-11-25"], capabilities: { tools: {} } };
const text = JSON.stringify({ jsonrpc: "2.0", id: 1, result });

/**
 * MCP servers that know a version which the gate does not know: one answers in JSON, the other with an event stream.
 */
export default createGate({
  unlisted: "reject",
  routes: new App()
    .register(
      mcp(
        "/json",
        { hooks: requireAuth("tools.read") },
        () => new Response(text, { headers: { "content-type": "application/json" } }),
      ),
    )
    .register(
      mcp(
        "/stream",
        { hooks: requireAuth("tools.read"), tools: { "*": requireAuth("tools.read") } },
        () => new Response(`event: message\ndata: ${text}\n\n`, { headers: { "content-type": "text/event-stream" } }),
      ),
    ),
});
