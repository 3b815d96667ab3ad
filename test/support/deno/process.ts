import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { denoCommand, denoFlags } from "./command.ts";

export interface ProcessInput {
  readonly env: Readonly<Record<string, string>>;
  /** Folder where it starts; that of this process if absent. */
  readonly cwd?: string;
  /** Written to its standard input. */
  readonly input?: string;
  /** Gets every line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** Gets every line of its other output, which has the messages of the runtime itself. */
  readonly onMessage?: (line: string) => void;
}

export interface DenoInput extends ProcessInput {
  /** `serve` or `run`, its flags, and the file. */
  readonly command: readonly string[];
  /** Folder for Deno's persistent data, such as its Cache API; a new folder if absent. */
  readonly home?: string;
}

export interface RunningProcess {
  /** Sends SIGTERM, and waits for the end. @returns the exit code; null if a signal ended it */
  terminate(): Promise<number | null>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

// Unlike workerd, these processes do not end with their parent, so an aborted test file would leave them running.
process.once("exit", () => {
  for (const each of running) each.kill("SIGKILL");
});

/**
 * Starts Deno.
 *
 * @returns when it has printed a line that `isReady` accepts; throws its output if it ends before
 */
export async function startDeno(
  { command: [subcommand = "", ...rest], env, home, ...input }: DenoInput,
  isReady: (line: string) => boolean,
): Promise<RunningProcess> {
  const directory = home ?? (await makeDenoHome());
  const command = [denoCommand, subcommand, ...denoFlags, ...rest];
  const started = { ...input, env: { DENO_DIR: directory, NO_COLOR: "1", ...env } };
  const { terminate, stop } = await startProcess(command, started, isReady);
  return {
    terminate,
    async stop() {
      await stop();
      if (home === undefined) await rm(directory, { recursive: true });
    },
  };
}

/**
 * Starts a program.
 *
 * @returns when it has printed a line that `isReady` accepts; throws its output if it ends before
 */
export async function startProcess(
  [command = "", ...args]: readonly string[],
  { env, cwd, input = "", onLine, onMessage }: ProcessInput,
  isReady: (line: string) => boolean,
): Promise<RunningProcess> {
  const process = spawn(command, args, { env, ...(cwd !== undefined && { cwd }) });
  // Unlike `exit`, it comes after all output.
  const exited = once(process, "close");
  running.add(process);
  process.stdin.end(input);
  const said: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [process.stdout, process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (isReady(line)) resolve();
        else (stream === process.stdout ? onLine : onMessage)?.(line);
      });
    }
  });
  await Promise.race([ready, exited.then(() => Promise.reject(new Error(`${command} ended:\n${said.join("\n")}`)))]);
  return {
    async terminate() {
      process.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
    async stop() {
      running.delete(process);
      process.kill("SIGKILL");
      await exited;
    },
  };
}

/** Creates a folder for Deno's data. The caller removes it. */
export function makeDenoHome(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "entra-gate-deno-"));
}
