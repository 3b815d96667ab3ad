import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** An MCP server for webviews of VS Code and for pages without an origin. */
export default createGate({
  unlisted: "reject",
  routes: new App().register(mcp("/mcp", { hooks: requireAuth("tools.read"), origins: ["vscode-webview:", "null"] })),
});
