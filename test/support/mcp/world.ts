import { createServer } from "node:net";
import { createMcpVars, registerMcpUri } from "../../../dev/mcp/vars.ts";
import { type Stack, startStack } from "../../../dev/stack.ts";
import { type Trace, tracing } from "./browser.ts";

/** A gate before the sample MCP server, with the strict local Entra. */
export interface McpWorld {
  readonly stack: Stack;
  /** Address of the server, which is also its resource identifier. */
  readonly url: string;
  /** All requests of the client, in order, since the last call of `reset`. */
  readonly trace: Trace;
  /** A client's `fetch`. */
  readonly fetch: typeof fetch;
  tellEntra(path: string, body: object): Promise<void>;
}

/**
 * Starts one. It chooses the gate's port first, because the configuration contains the gate's address.
 *
 * @param gate whether the gate is its own authorization server, or its entry file
 * @param vars of the gate, in addition to its own
 */
export async function startMcpWorld(
  gate: boolean | string,
  vars: Readonly<Record<string, string>> = {},
): Promise<McpWorld> {
  const gateEntry = typeof gate === "string" ? gate : gate ? "dev/mcp/worker.ts" : "test/gates/mcp.ts";
  const gatePort = await findPort();
  const gateUrl = `http://127.0.0.1:${gatePort}`;
  const url = `${gateUrl}/mcp`;
  const stack = await startStack({
    gatePort,
    gateEntry,
    originEntry: "dev/mcp/origin.ts",
    onGateLog: () => {},
    gateVars: { ...createMcpVars(gateUrl), ENTRA_CLOCK_SKEW_SECONDS: "0", ...vars },
  });
  const trace = tracing({ [gateUrl]: "gate", [stack.entraUrl]: "entra" });
  const world: McpWorld = {
    stack,
    url,
    trace,
    fetch: trace.fetch,
    async tellEntra(path, body) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${stack.entraUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    },
  };
  await registerMcpUri(stack.entraUrl, gateUrl);
  return world;
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
