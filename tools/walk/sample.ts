import { api, tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import { platformIo } from "../../src/base/common/io.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const toolCall = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "orders_list", arguments: {} } };
const requests = {
  me: { path: "/me", message: undefined },
  forward: { path: "/orders/7", message: undefined },
  mcp: { path: "/mcp", message: toolCall },
};

export type SampleRequest = keyof typeof requests;

/** A gate that runs in this process, without a network. */
export interface Sample {
  issueAccessToken(): Promise<string>;
  /**
   * Sends a request that must be allowed.
   *
   * @returns `ended`, which resolves when the gate has done what it does after its response
   */
  ask(request: SampleRequest, token: string): Promise<{ readonly ended: Promise<unknown> }>;
}

const authority = "https://login.microsoftonline.com/";
const gateUrl = "https://api.contoso.example";

/** Creates a gate with a route that answers, one that forwards, and an MCP server. */
export function createSample(): Sample {
  const entra = createEntra();
  const hooks = requireAuth("access_as_user");
  const routes = new App()
    .get("/me", { hooks }, ({ state }) => ({ status: 200, body: { oid: state.principal.oid } }))
    .get("/orders/:id", { hooks }, origin())
    .register(mcp("/mcp", { tools: { "*": requireAuth("access_as_user") }, hooks }));
  const gate = createGate(
    { routes, unlisted: "reject" },
    {
      ...platformIo,
      log() {},
      fetch: async (input, init) => {
        const request = new Request(input, init);
        return request.url.startsWith(authority) ? entra.fetch(request) : new Response("from the origin");
      },
      openCache: async () => undefined,
    },
  );
  const environment = {
    ENTRA_TENANT_ID: tenants.contoso.id,
    ENTRA_API_AUDIENCE: api.clientId,
    GATE_URL: gateUrl,
    ORIGIN_URL: "https://origin.contoso.example",
  };
  return {
    issueAccessToken: () => entra.issueAccessToken(),
    async ask(name, token) {
      const { path, message } = requests[name];
      const body = message && JSON.stringify(message);
      // Clients announce the length of a message.
      const ofBody = body && { "content-type": "application/json", "content-length": `${body.length}` };
      const headers = { authorization: `Bearer ${token}`, ...ofBody };
      const request = new Request(`${gateUrl}${path}`, { headers, ...(body && { method: "POST", body }) });
      const background: Promise<unknown>[] = [];
      const context = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
      const response = await gate.fetch(request, environment, context as unknown as ExecutionContext);
      if (response.status !== 200) throw new Error(`${path} got ${response.status}: ${await response.text()}`);
      return { ended: Promise.all(background) };
    },
  };
}
