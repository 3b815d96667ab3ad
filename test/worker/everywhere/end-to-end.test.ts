// Runtimes: workerd, deno
import * as oauth from "oauth4webapi";
import { afterEach, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { startGateStack } from "../../support/gate-runtime.ts";
import type { Stack } from "../../support/stack.ts";

let stack: Stack;

afterEach(() => stack.stop());

const insecure = { [oauth.allowInsecureRequests]: true };

/** Gets a token for the API as a daemon does: discovery, then client credentials. */
async function fetchToken({
  clientId,
  secret,
}: {
  readonly clientId: string;
  readonly secret: string;
}): Promise<string> {
  const issuer = new URL(`${stack.entraUrl}/${tenants.contoso.id}/v2.0`);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client = { client_id: clientId };
  const parameters = { scope: `${api.appIdUri}/.default` };
  const authentication = oauth.ClientSecretPost(secret);
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, insecure);
  return (await oauth.processClientCredentialsResponse(server, client, response)).access_token;
}

it("allows only a daemon with the role, with a token from a client library", async () => {
  stack = await startGateStack({ gateVars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All" } });
  const ask = async (token: string) =>
    fetch(`${stack.gateUrl}/orders?open=1`, { headers: { authorization: `Bearer ${token}` } });

  const allowed = await ask(await fetchToken(clients.daemon));
  expect(allowed.status).toBe(200);
  expect(await allowed.json()).toMatchObject({
    path: "/orders",
    headers: { "x-entra-client": clients.daemon.clientId, "x-entra-roles": "Orders.Read.All" },
  });
  const refused = await ask(await fetchToken(clients["daemon-without-roles"]));
  expect(refused.status).toBe(403);
  expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
});
