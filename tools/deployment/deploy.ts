import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ScriptWorld } from "../run-script.ts";
import { checkDeployment, chooseTarget } from "./check.ts";
import { parseSecrets } from "./read-secrets.ts";

/** Only options that do not change what was checked: no --var, no --name, no other entry file. */
const options = {
  env: { type: "string", short: "e" },
  config: { type: "string", short: "c" },
  "dry-run": { type: "boolean" },
  "version-only": { type: "boolean" },
  "secrets-file": { type: "string" },
  outdir: { type: "string" },
  message: { type: "string" },
  tag: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const help = `Usage: npm run deploy -- --env NAME [options]

Deploys an environment with wrangler, unless the gate itself would refuse its configuration.

Options:
  --env NAME            environment of wrangler, such as staging or production
  --dry-run             checks and builds, and uploads nothing
  --version-only        uploads a version that gets no requests yet
  --secrets-file FILE   JSON of secrets that are put with the deployment
  --config FILE         wrangler.toml when absent
  --outdir DIR, --message TEXT, --tag TEXT   as wrangler has them
  --help                this text`;

/**
 * Deploys the gate with Wrangler, unless the gate itself would refuse to start.
 *
 * @param args as they are in `options`
 * @returns the exit code of Wrangler, or 1 if it was not called
 * @throws UsageError, or an error of parseArgs
 */
export async function deploy(args: readonly string[], world: ScriptWorld): Promise<number> {
  const { values } = parseArgs({ options, args: [...args] });
  if (values.help) {
    world.print(help);
    return 0;
  }
  const target = chooseTarget(values);
  const file = values["secrets-file"];
  const secrets = file === undefined ? {} : parseSecrets(readFileSync(file, "utf8"));
  if (!(await checkDeployment(target, secrets, world))) {
    world.complain(`Not deployed: [env.${target.env}] has the faults above.`);
    return 1;
  }
  const passedOn = (["secrets-file", "outdir", "message", "tag"] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  return world.runWrangler([
    ...(values["version-only"] ? ["versions", "upload"] : ["deploy"]),
    "--minify",
    ...["--config", target.config, "--env", target.env],
    ...(values["dry-run"] ? ["--dry-run"] : []),
    ...passedOn,
  ]);
}
