import { mcpCallbackPath } from "../../../entra/directory/mcp-client.ts";
import { platformIo } from "../../../src/base/common/io.ts";
import { type FacadeOptions, facade, mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, createGate, type GateOptions, requireAuth } from "../../../src/index.ts";
import { chatGpt, keyOnly, rootClient } from "./client-metadata.ts";

/** Documents on this network. */
const documents = [
  chatGpt,
  keyOnly,
  rootClient,
  {
    client_id: "https://client.example/metadata.json",
    client_name: "Test",
    redirect_uris: ["http://localhost:51234/callback"],
    token_endpoint_auth_method: "none",
  },
];

/**
 * Creates a gate at which every MCP host can sign in.
 *
 * @param clientId of the facade
 */
export function createAnyHostGate(
  clientId: string,
  changes: Pick<FacadeOptions, "credential"> = {},
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
            callback: mcpCallbackPath,
            clientDocuments: ["client.example", "chatgpt.com"],
            ...changes,
          }),
        }),
      ),
    },
    {
      ...platformIo,
      fetch: async (input, init) => {
        const document = documents.find(({ client_id }) => client_id === input);
        return document ? Response.json(document) : platformIo.fetch(input, init);
      },
    },
  );
}
