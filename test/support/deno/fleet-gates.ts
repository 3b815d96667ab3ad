import path from "node:path";
import { gateRuntime, nodeCommand, runtimeFlags } from "../gate-runtime.ts";
import { gatePermissions } from "./command.ts";
import type { GateHostInput } from "./gate-host.ts";
import { startDeno, startProcess } from "./process.ts";

/** The gates of a fleet in Deno or Node. */
export interface HostedGates {
  /** The origin of each gate. */
  readonly origins: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts them in one process.
 *
 * @param onLine gets every line that the gates print
 */
export async function startHostedGates(input: GateHostInput, onLine: (line: string) => void): Promise<HostedGates> {
  const origins = new Map<string, string>();
  const host = path.join(import.meta.dirname, "gate-host.ts");
  let left = input.gates.length;
  const noteListening = (line: string): boolean => {
    const { listening, port } = left > 0 ? readListening(line) : {};
    if (listening === undefined) return false;
    origins.set(listening, `http://127.0.0.1:${port}`);
    left -= 1;
    return left === 0;
  };
  const started = { env: {}, input: JSON.stringify(input), onLine };
  const { stop } = await (gateRuntime === "node"
    ? startProcess([nodeCommand, host], started, noteListening)
    : startDeno({ ...started, command: ["run", ...gatePermissions, ...runtimeFlags, host] }, noteListening));
  return { origins, stop };
}

function readListening(line: string): { readonly listening?: string; readonly port?: number } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
