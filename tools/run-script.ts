import { text } from "node:stream/consumers";
import { print, printError } from "../cli/common/terminal.ts";
import { UsageError } from "../cli/common/usage-error.ts";
import { runWrangler } from "./run-wrangler.ts";

/** What a script uses outside itself. */
export interface ScriptWorld {
  print(text: string): void;
  /** Explains why the script did nothing. */
  complain(text: string): void;
  readInput(): Promise<string>;
  /** @returns the exit code */
  runWrangler(args: readonly string[], input?: string): number;
}

/** @returns the exit code */
export type Script = (args: readonly string[], world: ScriptWorld) => Promise<number>;

/** This process, its standard streams, and Wrangler. */
export const processWorld: ScriptWorld = {
  print,
  complain: printError,
  readInput: () => text(process.stdin),
  runWrangler,
};

/**
 * Runs a script.
 *
 * @returns its exit code; 2, after one line, if the user made a mistake
 */
export async function runScript(script: Script, args: readonly string[], world: ScriptWorld): Promise<number> {
  try {
    return await script(args, world);
  } catch (error) {
    if (!isCallersError(error)) throw error;
    world.complain(`error: ${error.message}`);
    return 2;
  }
}

/** Whether the user made a mistake: a wrong argument, or a missing file. */
function isCallersError(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return error instanceof UsageError || code === "ENOENT" || code.startsWith("ERR_PARSE_ARGS");
}
