import { serveInDeno } from "./deno/serve.ts";
import { startOnFreePort } from "./free-port.ts";
import { installNode } from "./runtimes/nodes.ts";
import { serveByFile } from "./runtimes/serve-file.ts";
import { type Part, type Stack, type StackOptions, startStack } from "./stack.ts";

/** The runtime of the gate in black-box tests: vitest.config.ts has a project for each. */
export type GateRuntime = "workerd" | "deno" | "deno-without-cache" | "node";

export const gateRuntime = (process.env.GATE_RUNTIME ?? "workerd") as GateRuntime;

const { GATE_NODE: nodeVersion } = process.env;

/** Runs a gate in Node: a version that npm installs, or that of the tests. */
export const nodeCommand = nodeVersion === undefined ? process.execPath : await installNode(nodeVersion);

/** Options to start a gate in Deno. */
export const runtimeFlags: readonly string[] =
  gateRuntime === "deno-without-cache" ? ["--preload=test/support/deno/without-cache.ts"] : [];

/** The gate in the runtime under test, between a local Entra and the sample origin. */
export function startGateStack(options: StackOptions = {}): Promise<Stack> {
  return gateRuntime === "workerd" ? startStack(options) : startAddressedStack(() => options);
}

/**
 * The same, for a gate whose variables contain its address.
 *
 * @param choose gets the gate's origin, without a slash at the end
 */
export function startAddressedStack(choose: (gateUrl: string) => StackOptions): Promise<Stack> {
  return startOnFreePort((gatePort) => {
    const gateUrl = `http://127.0.0.1:${gatePort}`;
    const options = { ...choose(gateUrl), gatePort };
    if (gateRuntime === "workerd") return startStack(options);
    // Outside Workers, a gate needs its address unless its authority is on loopback.
    const runGate = (entry: string, vars: Vars) => serveElsewhere(entry, { GATE_URL: gateUrl, ...vars }, gatePort);
    return startStack({ ...options, runGate });
  });
}

type Vars = Readonly<Record<string, string>>;

function serveElsewhere(entry: string, vars: Vars, port: number): Promise<Part> {
  if (gateRuntime === "node") return serveByFile("Node", entry, vars, nodeCommand, undefined, port);
  return serveInDeno(entry, vars, runtimeFlags, port);
}
