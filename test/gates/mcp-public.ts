import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** A public MCP server in the worker, which lists three tools. One of them has a requirement. */
export default createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp("/mcp", { public: true, tools: { echo: requireAuth("tools.read") } }, async (request) => {
      const { id, method } = (await request.json()) as { readonly id: number; readonly method: string };
      const tools = ["echo", "Echo", "other"].map((name) => ({ name }));
      return Response.json({ jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : { served: method } });
    }),
  ),
});
