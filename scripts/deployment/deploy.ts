import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ScriptWorld } from "../run-script.ts";
import { checkDeployment, chooseTarget } from "./check.ts";
import { parseSecrets } from "./read-secrets.ts";

/** Nothing that would change what was checked: no --var, no --name, no other entry file. */
const options = {
  env: { type: "string", short: "e" },
  config: { type: "string", short: "c" },
  "dry-run": { type: "boolean" },
  "version-only": { type: "boolean" },
  "secrets-file": { type: "string" },
  outdir: { type: "string" },
  message: { type: "string" },
  tag: { type: "string" },
} as const;

/**
 * Deploys the gate by wrangler, unless the gate itself would refuse to serve.
 *
 * @param args as they are in `options`
 * @returns the exit code: wrangler's, or 1 where it was not called
 * @throws UsageError, or an error of parseArgs
 */
export async function deploy(args: readonly string[], world: ScriptWorld): Promise<number> {
  const { values } = parseArgs({ options, args: [...args] });
  const target = chooseTarget(values);
  const file = values["secrets-file"];
  const secrets = file === undefined ? {} : parseSecrets(readFileSync(file, "utf8"));
  if (!(await checkDeployment(target, secrets, world))) {
    world.complain(`Not deployed: [env.${target.env}] is not what the gate would serve with.`);
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
