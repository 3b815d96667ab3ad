import { parseArgs } from "node:util";
import { readWrangler } from "../../cli/project/wrangler-config.ts";
import type { ScriptWorld } from "../run-script.ts";
import { checkDeployment, chooseTarget } from "./check.ts";
import { parseSecrets, readSecretFiles } from "./read-secrets.ts";

const options = {
  env: { type: "string", short: "e" },
  config: { type: "string", short: "c" },
  from: { type: "string" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const help = `Usage: npm run secrets -- --env NAME [options] < secrets.json

Puts the secrets that the environment lists under secrets.required. Values are never arguments.

Options:
  --env NAME      environment of wrangler, such as staging or production
  --from DIR      a folder with a file for each secret, in place of JSON from standard input
  --dry-run       names what would be put
  --config FILE   wrangler.toml when absent
  --help          this text`;

/**
 * Stores the secrets that `[env.NAME.secrets]` lists with Wrangler, after the check of a deployment. Their values come
 * from standard input or from files. They are never arguments, which a shell stores and other users of the machine can
 * read.
 *
 * @param args as they are in `options`
 * @returns the exit code of Wrangler, or 1 if it was not called
 * @throws UsageError, or an error of parseArgs
 */
export async function putSecrets(args: readonly string[], world: ScriptWorld): Promise<number> {
  const { values } = parseArgs({ options, args: [...args] });
  if (values.help) {
    world.print(help);
    return 0;
  }
  const target = chooseTarget(values);
  const { requiredSecrets } = readWrangler(target.config, target.env);
  const { from } = values;
  const secrets = from === undefined ? parseSecrets(await world.readInput()) : readSecretFiles(from, requiredSecrets);
  if (!(await checkDeployment(target, secrets, world))) {
    world.complain(`Not stored: [env.${target.env}] has the faults above.`);
    return 1;
  }
  world.print(`${values["dry-run"] ? "Would put" : "Putting"} ${Object.keys(secrets).join(", ")}`);
  if (values["dry-run"]) return 0;
  return world.runWrangler(["secret", "bulk", "--config", target.config, "--env", target.env], JSON.stringify(secrets));
}
