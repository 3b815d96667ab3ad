import { facade, mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** A facade with shared redirect URIs, and one client with its own. */
export default createGate({
  unlisted: "reject",
  routes: new App()
    .register(
      mcp(
        "/mcp",
        {
          hooks: requireAuth("access_as_user"),
          authorizationServer: facade({
            clientId: "c11e0000-0000-4000-8000-000000000026",
            callback: "/oauth/callback",
            redirectUris: [
              "http://localhost/callback",
              "https://claude.ai/api/mcp/auth_callback",
              "cursor://anysphere.cursor-mcp/oauth/callback",
            ],
            clients: { "https://app.example/client.json": ["https://app.example/callback"] },
          }),
        },
        // An MCP server with sessions. It says which session a request belongs to.
        ({ headers }) =>
          Response.json({ session: headers.get("mcp-session-id") }, { headers: { "mcp-session-id": "of-the-server" } }),
      ),
    )
    .get("/.well-known/openid-configuration/covered/:name", { hooks: requireAuth("access_as_user") }, () => ({
      status: 204,
    })),
});
