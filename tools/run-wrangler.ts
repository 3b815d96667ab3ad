import { spawnSync } from "node:child_process";
import { quietEnvironment } from "../cli/project/quiet.ts";

/**
 * Runs Wrangler without its banner, metrics, error reports and look-ups.
 *
 * @param input for its standard input; without it, Wrangler reads the input of this process
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
