import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { issuer } from "../../../src/extensions/issuer/issuer.ts";
import { facade, mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../../src/index.ts";

/** Creates a gate that redeems codes with its own credential, with one listed client. */
export function createCredentialGate(clientId: string) {
  const authorizationServer = facade({
    clientId,
    callback: "/oauth/callback",
    credential: "gate",
    redirectUris: ["http://localhost/listed"],
  });
  const hooks = requireAuth("tools.read");
  return createGate({
    routes: new App().register(mcp("/mcp", { hooks, authorizationServer }, () => new Response("hello"))),
    downstream: downstream(),
    issuer: issuer(),
  });
}
