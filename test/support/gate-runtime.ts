import { startOnFreePort } from "../../dev/loopback.ts";
import { type Part, type Stack, type StackOptions, startStack } from "../../dev/stack.ts";
import { serveInDeno } from "./deno/serve.ts";

/** The runtime of the gate in black-box tests: vitest.config.ts has a project for each. */
export type GateRuntime = "workerd" | "deno" | "deno-without-cache";

export const gateRuntime = (process.env.GATE_RUNTIME ?? "workerd") as GateRuntime;

/** Options to start a gate in Deno. */
export const runtimeFlags: readonly string[] =
  gateRuntime === "deno-without-cache" ? ["--preload=test/support/deno/without-cache.ts"] : [];

/** The gate in the runtime under test, between a local Entra and the sample origin. */
export function startGateStack(options: StackOptions = {}): Promise<Stack> {
  if (gateRuntime === "workerd") return startStack(options);
  return startStack({ ...options, runGate: serveWithAddress });
}

/** Outside Workers, a gate needs its address unless its authority is on loopback. */
function serveWithAddress(entry: string, vars: Readonly<Record<string, string>>): Promise<Part> {
  return startOnFreePort((port) =>
    serveInDeno(entry, { GATE_URL: `http://127.0.0.1:${port}`, ...vars }, runtimeFlags, port),
  );
}
