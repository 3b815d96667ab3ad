import { randomUUID } from "node:crypto";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { mcpMetadataUrl } from "../../entra/directory/clients.ts";
import { signIn } from "../../test/support/mcp/browser.ts";
import type { McpWorld } from "../../test/support/mcp/world.ts";
import { expireTokens } from "./expiry.ts";

/** The part of `@mastra/mcp` that is used here. It is not installed with this repository. */
interface Mastra {
  readonly MCPOAuthClientProvider: new (options: object) => object;
  readonly MCPClient: new (
    options: object,
  ) => {
    authenticate(server: string): Promise<void>;
    listTools(): Promise<Readonly<Record<string, { execute(given: object, options: object): Promise<unknown> }>>>;
    disconnect(): Promise<void>;
  };
}

const redirectUrl = "http://localhost:51234/callback";

/**
 * Signs in by a metadata document, lists the tools, calls one, and again with a refreshed token.
 *
 * @returns what it got
 */
export async function runMastra(world: McpWorld, folder: string): Promise<string> {
  const { url, trace, fetch: traced } = world;
  const entry = path.join(folder, "node_modules/@mastra/mcp/dist/index.js");
  const { MCPClient, MCPOAuthClientProvider }: Mastra = await import(pathToFileURL(entry).href);
  const authProvider = new MCPOAuthClientProvider({
    redirectUrl,
    clientMetadataUrl: mcpMetadataUrl,
    clientMetadata: { client_name: "Test", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
    // It listens at its callback.
    onRedirectToAuthorization(page: URL) {
      signIn(trace, page).then((callback) => fetch(callback));
    },
  });
  const client = new MCPClient({
    id: randomUUID(),
    servers: {
      orders: { url: new URL(url), authProvider, fetch: (input: string, init: object) => traced(input, init) },
    },
  });
  await client.authenticate("orders");
  const tools = await client.listTools();
  const call = async () => JSON.stringify(await tools.orders_orders_count?.execute({}, {}));
  const first = await call();
  await expireTokens(world);
  const second = await call();
  await client.disconnect();
  const grants = trace.forms.map((form) => form.get("grant_type")).join(", ");
  return `${Object.keys(tools).join(", ")}; orders_count returned ${first}, and after the expiry ${second}; ${grants}`;
}
