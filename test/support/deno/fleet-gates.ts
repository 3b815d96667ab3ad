import path from "node:path";
import { runtimeFlags } from "../gate-runtime.ts";
import { gatePermissions } from "./command.ts";
import type { GateHostInput } from "./gate-host.ts";
import { startDeno } from "./process.ts";

/** The gates of a fleet in Deno. */
export interface DenoGates {
  /** The origin of each gate. */
  readonly origins: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts them in one process.
 *
 * @param onLine gets every line that the gates print
 */
export async function startDenoGates(input: GateHostInput, onLine: (line: string) => void): Promise<DenoGates> {
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
  const command = ["run", ...gatePermissions, ...runtimeFlags, host];
  const { stop } = await startDeno({ command, env: {}, input: JSON.stringify(input), onLine }, noteListening);
  return { origins, stop };
}

function readListening(line: string): { readonly listening?: string; readonly port?: number } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
