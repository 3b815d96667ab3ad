import path from "node:path";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readInput } from "../common/input-file.ts";
import { printError } from "../common/terminal.ts";
import { checkTarget } from "./check.ts";
import type { definition } from "./definition.ts";
import { runWrangler } from "./run-wrangler.ts";
import { parseSecrets } from "./secret-values.ts";
import { chooseTarget } from "./target.ts";

/**
 * `entra-gate deploy`: deploys a worker with the project's own Wrangler, unless its gate would refuse to start.
 *
 * @throws UsageError
 */
export async function runDeploy(options: OptionsOf<typeof definition.options>): Promise<ExitCode> {
  const { secretsFile, outdir, message, tag, dryRun, versionOnly } = options;
  const target = chooseTarget(options, dryRun);
  const secrets =
    secretsFile === undefined ? {} : parseSecrets(readInput(secretsFile, `--secrets-file ${secretsFile}`));
  if (!(await checkTarget(target, secrets))) {
    printError(`Not deployed: ${target.name} has the faults above.`);
    return exitCodes.bad;
  }
  const passedOn = {
    "secrets-file": secretsFile === undefined ? undefined : path.resolve(secretsFile),
    outdir,
    message,
    tag,
  };
  return runWrangler(target, [
    ...(versionOnly ? ["versions", "upload"] : ["deploy"]),
    "--minify",
    ...(dryRun ? ["--dry-run"] : []),
    // As one word: Wrangler would read a value like --var as an option.
    ...Object.entries(passedOn).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
  ]);
}
