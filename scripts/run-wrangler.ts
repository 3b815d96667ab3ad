import { spawnSync } from "node:child_process";
import { quietEnvironment } from "../dev/quiet.ts";

/**
 * Runs wrangler, quiet and without a word to anyone: no metrics, no error reports, no look-ups.
 *
 * @param input what wrangler reads from its standard input; without, it reads what this process would
 * @returns its exit code
 */
export function runWrangler(args: readonly string[], input?: string): number {
  const { status } = spawnSync("wrangler", args, {
    stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
    ...(input !== undefined && { input }),
    env: { ...process.env, ...quietEnvironment },
    shell: process.platform === "win32",
  });
  return status ?? 1;
}
