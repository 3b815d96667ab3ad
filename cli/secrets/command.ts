import { text } from "node:stream/consumers";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { print, printError, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { checkTarget } from "../deploy/check.ts";
import { runWrangler } from "../deploy/run-wrangler.ts";
import { parseSecrets, readSecretFiles } from "../deploy/secret-values.ts";
import { chooseTarget } from "../deploy/target.ts";
import { readWrangler } from "../project/wrangler-config.ts";
import type { definition } from "./definition.ts";

/**
 * `entra-gate secrets`: stores secrets with Wrangler, after the check of a deployment. Their values come from standard
 * input or from files. They are never arguments, which a shell stores and other users of the machine can read.
 *
 * @throws UsageError that contains no part of a value
 */
export async function runSecrets({ from, dryRun, ...chosen }: OptionsOf<typeof definition.options>): Promise<ExitCode> {
  const target = chooseTarget(chosen, dryRun);
  const { requiredSecrets } = readWrangler(target.file, target.env);
  const secrets = from === undefined ? parseSecrets(await readStandardInput()) : readSecretFiles(from, requiredSecrets);
  if (!(await checkTarget(target, secrets))) {
    printError(`Not stored: ${target.name} has the faults above.`);
    return exitCodes.bad;
  }
  print(`${dryRun ? "Would store" : "Storing"} ${Object.keys(secrets).map(showText).join(", ")}`);
  return dryRun ? exitCodes.good : runWrangler(target, ["secret", "bulk"], JSON.stringify(secrets));
}

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageError("the secrets are missing: pipe JSON in, as in secrets < secrets.json, or use --from FOLDER");
  }
  return text(process.stdin);
}
