import { createMcpVars } from "../../../cli/common/mcp-vars.ts";
import { startAddressedStack } from "../gate-runtime.ts";
import type { Stack } from "../stack.ts";
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
 * Starts one with the gate in the runtime under test.
 *
 * @param gate whether the gate is its own authorization server, or its entry file
 * @param vars of the gate, in addition to its own
 */
export async function startMcpWorld(
  gate: boolean | string,
  vars: Readonly<Record<string, string>> = {},
): Promise<McpWorld> {
  const gateEntry = typeof gate === "string" ? gate : gate ? "cli/dev/mcp/worker.ts" : "test/gates/mcp.ts";
  const stack = await startAddressedStack((gateUrl) => ({
    gateEntry,
    originEntry: "cli/dev/mcp/origin.ts",
    onGateLog: () => {},
    gateVars: { ...createMcpVars(gateUrl), ENTRA_CLOCK_SKEW_SECONDS: "0", ...vars },
  }));
  const { gateUrl, entraUrl } = stack;
  async function tellEntra(path: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${entraUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  await tellEntra("/local/mcp-uri", { uri: `${gateUrl}/mcp` });
  const trace = tracing({ [gateUrl]: "gate", [entraUrl]: "entra" });
  return {
    stack,
    url: `${gateUrl}/mcp`,
    trace,
    fetch: trace.fetch,
    tellEntra,
  };
}
