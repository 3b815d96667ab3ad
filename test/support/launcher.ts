import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { guideEnd } from "./trials.ts";

/** A running `entra-gate dev`. */
export interface Launcher {
  /** What it has printed so far. */
  output(): string;
  /** What it has printed as errors so far. */
  errors(): string;
  /** Sends a signal, and waits for the end. @returns exit code and signal */
  stop(signal?: NodeJS.Signals): Promise<readonly unknown[]>;
}

const root = path.resolve(import.meta.dirname, "../..");

export interface LauncherOptions {
  /** Folder of the project; this repository by default. */
  readonly cwd?: string;
  /** Script and its first arguments; `entra-gate dev` of this repository by default. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts it on free ports, and waits for the end of its guide. Throws its errors if it ends before.
 *
 * @param options further options, which may name a port
 */
export async function startLauncher(
  options: readonly string[] = [],
  { cwd = root, command = [path.join(root, "cli/entra-gate.js"), "dev"], env = {} }: LauncherOptions = {},
): Promise<Launcher> {
  const child = spawn(process.execPath, [...command, "--port", "0", ...options], {
    cwd,
    env: { ...process.env, ...env },
  });
  const ended = once(child, "close");
  let [output, errors] = ["", ""];
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes(guideEnd)) resolve();
    });
    ended.then(() => reject(new Error(errors)));
  });
  return {
    output: () => output,
    errors: () => errors,
    stop(signal = "SIGTERM") {
      // A launcher that is killed otherwise cannot stop its workers.
      child.kill(signal);
      return ended;
    },
  };
}
