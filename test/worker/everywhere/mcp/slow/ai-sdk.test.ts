import { auth, createMCPClient, type MCPClient, UnauthorizedError } from "@ai-sdk/mcp";
import { afterAll, expect, it } from "vitest";
import { clients } from "../../../../../entra/directory/clients.ts";
import { createProvider } from "../../../../support/mcp/provider.ts";
import { type McpWorld, startMcpWorld } from "../../../../support/mcp/world.ts";

const [facade, plain] = await Promise.all([startMcpWorld(true), startMcpWorld(false)]);
afterAll(() => Promise.all([facade.stack.stop(), plain.stack.stop()]));

/** Connects. If the client requires a sign-in, passes the code to it and connects again. */
async function connect({ url, fetch, trace }: McpWorld, clientId?: string): Promise<MCPClient> {
  const provider = createProvider(trace, clientId === undefined ? {} : { clientId });
  const authProvider = provider as never;
  const open = () => createMCPClient({ transport: { type: "http", url, authProvider, fetch } });
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await auth(authProvider, { serverUrl: url, authorizationCode: provider.code, fetchFn: fetch });
    return open();
  }
}

it.each([
  ["dynamic registration", undefined],
  ["a registered client id", clients.mcp.clientId],
])("@ai-sdk/mcp, unmodified, signs in with %s, and lists only its tools", async (_, clientId) => {
  const client = await connect(facade, clientId);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual(["orders_count", "orders_list"]);
  expect(await client.callTool({ name: "orders_count" })).toMatchObject({ content: [{ text: "3" }] });
  await expect(client.callTool({ name: "orders_delete" })).rejects.toThrow();
  await client.close();
});

it("@ai-sdk/mcp requires the facade, because the metadata of Entra does not name S256", async () => {
  await expect(connect(plain, clients.mcp.clientId)).rejects.toThrow("does not support S256");
});
