import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** An MCP server whose authorization server is Entra itself. */
export default createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp("/mcp", {
      hooks: requireAuth("tools.read"),
      tools: { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") },
    }),
  ),
});
