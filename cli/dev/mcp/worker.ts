// The gate of `npm run dev:mcp`: in front of the sample MCP server, with the local Entra, and with a facade for
// clients that register.

import { mcpCallbackPath, mcpClientId, mcpRedirectUris } from "../../../entra/directory/mcp-client.ts";
import { facade, mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../../src/index.ts";

export default createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp("/mcp", {
      name: "Orders",
      hooks: requireAuth("tools.read"),
      tools: { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") },
      authorizationServer: facade({
        clientId: mcpClientId,
        callback: mcpCallbackPath,
        redirectUris: mcpRedirectUris,
      }),
    }),
  ),
});
