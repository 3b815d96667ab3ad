import { mcpCallbackPath } from "../../../entra/directory/mcp-client.ts";
import { platformIo } from "../../../src/common/io.ts";
import { App, createGate, type GateOptions, requireAuth } from "../../../src/index.ts";
import { facade, mcp, type OwnCallbackOptions, ownCallback } from "../../../src/mcp/mcp.ts";

const document = {
  client_id: "https://client.example/metadata.json",
  client_name: "Test",
  redirect_uris: ["http://localhost:51234/callback"],
  token_endpoint_auth_method: "none",
};

/**
 * Creates a gate with its own callback, at which every MCP host can sign in. The document of one client is on this network.
 *
 * @param clientId of the facade
 */
export function createAnyHostGate(
  clientId: string,
  callback: OwnCallbackOptions = {},
  options: Pick<GateOptions, "downstream"> = {},
) {
  return createGate(
    {
      ...options,
      unlisted: "reject",
      routes: new App().register(
        mcp("/mcp", {
          name: "Orders",
          hooks: requireAuth("tools.read"),
          tools: { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") },
          authorizationServer: facade({
            clientId,
            callback: ownCallback(mcpCallbackPath, { ...callback, clientDocuments: ["client.example"] }),
          }),
        }),
      ),
    },
    {
      ...platformIo,
      fetch: async (input, init) =>
        input === document.client_id ? Response.json(document) : platformIo.fetch(input, init),
    },
  );
}
