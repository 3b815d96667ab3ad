import { mcpApi } from "../../entra/directory/directory.ts";

/**
 * Variables of a gate in front of an MCP server, in addition to those of `createGateVars`.
 *
 * @param gateUrl origin of the gate, without a slash at the end
 * @param path of the MCP server
 */
export function createMcpVars(gateUrl: string, path = "/mcp"): Record<string, string> {
  return {
    GATE_URL: gateUrl,
    // A fixed key is enough: sessions never leave this machine.
    GATE_SESSION_KEY: `k1:${"A".repeat(43)}`,
    ENTRA_API_AUDIENCE: mcpApi.clientId,
    ENTRA_APP_ID_URI: `${gateUrl}${path}`,
  };
}
