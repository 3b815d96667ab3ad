import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { UsageError } from "../common/usage-error.ts";

/** A program with all processes that it starts. */
export interface Child {
  /** Ends with its exit code; 1 if a signal ended it. */
  readonly ended: Promise<number>;
  /** Stops every process. */
  stop(): Promise<void>;
}

/** A program that serves requests. */
export interface Server extends Child {
  /** Ends with the origin when the program answers; with `undefined` if it does not start. */
  readonly ready: Promise<string | undefined>;
  /** Whether another program has taken one of its ports before it could listen there. */
  readonly hasLostPort: () => boolean;
  /** Whether it has said that the code of the worker is wrong. */
  readonly hasMistake: () => boolean;
}

export interface ChildInput {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether Node runs the program, with a channel that closes when this process ends. */
  readonly hasChannel?: boolean;
  /** Gets each line of its output, without the colors of the program. */
  readonly onLine: (line: string) => void;
  /** Gets each line of its errors, in the same way. */
  readonly onErrorLine: (line: string) => void;
}

/** A program that has not stopped by then is killed. */
const stopMilliseconds = 5_000;

/**
 * Starts a program. Its processes are a group of their own, so that a signal from the terminal reaches only this
 * process, which stops all of them in order.
 *
 * @throws UsageError if the program is not installed
 */
export async function startChild(input: ChildInput): Promise<Child> {
  const { command, args, cwd, env, hasChannel = false, onLine, onErrorLine } = input;
  const channel = hasChannel ? (["ipc"] as const) : [];
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe", ...channel] });
  child.channel?.unref();
  const ended = once(child, "close").then(([code]) => (code as number | null) ?? 1);
  await once(child, "spawn").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new UsageError(`${command} is not installed, or not on the PATH`) : error;
  });
  createInterface({ input: child.stdout! }).on("line", (line) => onLine(stripVTControlCharacters(line)));
  createInterface({ input: child.stderr! }).on("line", (line) => onErrorLine(stripVTControlCharacters(line)));
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // No process of the group is left.
    }
  };
  return {
    ended,
    async stop() {
      signal("SIGINT");
      const timer = setTimeout(() => signal("SIGKILL"), stopMilliseconds);
      await ended;
      clearTimeout(timer);
      // The program may end before the processes that it started.
      signal("SIGKILL");
    },
  };
}
