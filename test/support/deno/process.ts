import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { denoCommand, denoFlags } from "./command.ts";

export interface DenoInput {
  /** `serve` or `run`, its flags, and the file. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written to its standard input. */
  readonly input?: string;
  /** Folder for Deno's persistent data, such as its Cache API; a new folder if absent. */
  readonly home?: string;
  /** Gets every line of its standard output. */
  readonly onLine?: (line: string) => void;
}

export interface DenoProcess {
  stop(): Promise<void>;
}

/**
 * Starts Deno.
 *
 * @returns when it has printed a line that `isReady` accepts; throws its output if it ends before
 */
export async function startDeno(
  { command: [subcommand = "", ...rest], env, input = "", home, onLine }: DenoInput,
  isReady: (line: string) => boolean,
): Promise<DenoProcess> {
  const directory = home ?? (await makeDenoHome());
  const process = spawn(denoCommand, [subcommand, ...denoFlags, ...rest], {
    env: { DENO_DIR: directory, NO_COLOR: "1", ...env },
  });
  // Unlike `exit`, it comes after all output.
  const exited = once(process, "close");
  // Unlike workerd, Deno does not end with its parent, so an aborted test file would leave it running.
  const killWithTests = () => void process.kill("SIGKILL");
  globalThis.process.once("exit", killWithTests);
  process.stdin.end(input);
  const said: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [process.stdout, process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (isReady(line)) resolve();
        // Deno's own messages are on the other stream.
        else if (stream === process.stdout) onLine?.(line);
      });
    }
  });
  await Promise.race([ready, exited.then(() => Promise.reject(new Error(`Deno ended:\n${said.join("\n")}`)))]);
  return {
    async stop() {
      globalThis.process.off("exit", killWithTests);
      await endProcess(process, exited);
      if (home === undefined) await rm(directory, { recursive: true });
    },
  };
}

/** Creates a folder for Deno's data. The caller removes it. */
export function makeDenoHome(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "entra-gate-deno-"));
}

async function endProcess(process: ChildProcess, exited: Promise<unknown>): Promise<void> {
  process.kill("SIGKILL");
  await exited;
}
