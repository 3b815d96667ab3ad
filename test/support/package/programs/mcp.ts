import { App, createGate, requireAuth } from "entra-gate";
import { facade, type McpOptions, mcp, protectedResource } from "entra-gate/mcp";

const options: McpOptions = {
  hooks: requireAuth("tools.read"),
  tools: { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") },
  authorizationServer: facade({
    clientId: "33333333-4444-5555-6666-777777777777",
    callback: "/oauth/callback",
  }),
};
const routes = new App().register(mcp("/mcp", options)).register(protectedResource("/reports"));
export default createGate({ routes });
