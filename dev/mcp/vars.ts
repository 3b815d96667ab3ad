import { mcpApi } from "../../src/testing/directory/directory.ts";

/**
 * Variables of a gate before the sample MCP server, over those of `createGateVars`.
 *
 * @param gateUrl of the gate, without a slash at the end
 */
export function createMcpVars(gateUrl: string): Record<string, string> {
  return {
    GATE_URL: gateUrl,
    // Nobody outside of this machine sees a session.
    GATE_SESSION_KEY: `k1:${"A".repeat(43)}`,
    ENTRA_API_AUDIENCE: mcpApi.clientId,
    ENTRA_APP_ID_URI: `${gateUrl}/mcp`,
  };
}

/** Makes the address of the MCP server an Application ID URI of its registration in the local Entra. */
export async function registerMcpUri(entraUrl: string, gateUrl: string): Promise<void> {
  const response = await fetch(`${entraUrl}/local/mcp-uri`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `${gateUrl}/mcp` }),
  });
  if (!response.ok) throw new Error(`the local Entra answered ${response.status}`);
}
