import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { guideEnd } from "./trials.ts";

/** A running `npm run dev`, without npm. */
export interface Launcher {
  /** What it has printed so far. */
  output(): string;
  /** What it has printed as errors so far. */
  errors(): string;
  /** Sends a signal, and waits for the end. @returns exit code and signal */
  stop(signal?: "SIGINT" | "SIGTERM"): Promise<readonly unknown[]>;
}

/**
 * Starts it on free ports, and waits for the end of its guide. Throws its errors if it ends before.
 *
 * @param options further options, which may name a port
 * @param root folder of the project or of a copy
 */
export async function startLauncher(
  options: readonly string[] = [],
  root = path.resolve(import.meta.dirname, "../.."),
): Promise<Launcher> {
  const child = spawn(process.execPath, ["cli/dev/start.ts", "--port", "0", ...options], { cwd: root });
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
