// The client that MCP clients share, apart from the directory: the gate of `npm run dev:mcp` contains only this.

export const mcpClientId = "c11e0000-0000-4000-8000-000000000026";

/** Where `@modelcontextprotocol/conformance` waits for a code. */
export const conformanceCallback = "http://127.0.0.1:6278/callback";

/** Redirect URIs of MCP clients. Entra ignores the port only for `http://localhost`. */
export const mcpRedirectUris: readonly string[] = [
  "http://localhost/callback",
  "http://localhost/oauth/callback",
  // The pages and the command line of the Inspector.
  "http://127.0.0.1:6274/oauth/callback",
  "http://127.0.0.1:6276/oauth/callback",
  conformanceCallback,
  // VS Code, and what it uses if the port is taken.
  "http://127.0.0.1:33418/",
  "https://vscode.dev/redirect",
  "https://claude.ai/api/mcp/auth_callback",
  "https://claude.com/api/mcp/auth_callback",
  "cursor://anysphere.cursor-mcp/oauth/callback",
];

/** Path of a gate's own callback. */
export const mcpCallbackPath = "/oauth/callback";
