import path from "node:path";
import { pathToFileURL } from "node:url";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { createProvider } from "../../test/support/mcp/provider.ts";
import type { McpWorld } from "../../test/support/mcp/world.ts";
import { expireTokens } from "./expiry.ts";

/** The part of `@langchain/mcp-adapters` that is used here. It is not installed with this repository. */
interface Adapters {
  readonly MultiServerMCPClient: new (
    options: object,
  ) => { getTools(): Promise<readonly Tool[]>; close(): Promise<void> };
}

interface Tool {
  readonly name: string;
  invoke(given: object): Promise<unknown>;
}

/** Registers, signs in, lists the tools, calls one, and again with a refreshed token. @returns what it got */
export async function runAdapters(world: McpWorld, folder: string): Promise<string> {
  const { url, trace } = world;
  const entry = path.join(folder, "node_modules/@langchain/mcp-adapters/dist/index.js");
  const { MultiServerMCPClient }: Adapters = await import(pathToFileURL(entry).href);
  const provider = createProvider(trace, {});
  const open = () =>
    new MultiServerMCPClient({
      useStandardContentBlocks: true,
      mcpServers: { orders: { transport: "http", url, authProvider: provider, automaticSSEFallback: false } },
    });
  await open()
    .getTools()
    .then(
      () => Promise.reject(new Error("the adapters connected without a token")),
      // The application passes the code to the client and connects again.
      () => auth(provider, { serverUrl: url, authorizationCode: provider.code }),
    );
  const client = open();
  const tools = await client.getTools();
  const call = async () => JSON.stringify(await tools.find(({ name }) => name === "orders_count")?.invoke({}));
  const first = await call();
  const { code } = provider;
  await expireTokens(world);
  const second = await call();
  await client.close();
  if (provider.code !== code) throw new Error("the adapters signed in again");
  return `${tools.map(({ name }) => name).join(", ")}; orders_count returned ${first}, and after the expiry ${second}`;
}
