import { spawnSync } from "node:child_process";
import path from "node:path";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { quietEnvironment } from "../project/quiet.ts";
import { findWrangler } from "../project/wrangler-program.ts";
import type { Target } from "./target.ts";

/**
 * Runs the project's own Wrangler. It always gets the file and the environment by name: otherwise it would also look
 * for `.wrangler/deploy/config.json` and for CLOUDFLARE_ENV in the environment and in `.env`, and could call another
 * tool's deployment.
 *
 * @param args command and options
 * @param input for its standard input; without it, Wrangler reads the input of this process
 */
export function runWrangler({ file, env }: Target, args: readonly string[], input?: string): ExitCode {
  const { command } = findWrangler(path.dirname(file));
  const { status } = spawnSync(process.execPath, [command, ...args, `--config=${file}`, `--env=${env}`], {
    stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
    ...(input !== undefined && { input }),
    env: { ...process.env, ...quietEnvironment },
  });
  return status === 0 ? exitCodes.good : exitCodes.unknown;
}
