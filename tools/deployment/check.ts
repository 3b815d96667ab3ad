import { existsSync } from "node:fs";
import path from "node:path";
import { createNodeIo } from "../../cli/common/node-io.ts";
import { createPaint } from "../../cli/common/terminal.ts";
import { UsageError } from "../../cli/common/usage-error.ts";
import { renderFindings } from "../../cli/doctor/command.ts";
import { examine } from "../../cli/doctor/doctor.ts";
import { loadConfiguredCode } from "../../cli/project/load-gate.ts";
import { readSettings, requireVariables } from "../../cli/project/settings.ts";
import type { ScriptWorld } from "../run-script.ts";

/** What to deploy, and its configuration. */
export interface Target {
  /** wrangler.toml, or another configuration file of Wrangler. */
  readonly config: string;
  /** Environment of Wrangler. */
  readonly env: string;
  /** Whether nothing will be uploaded. Example IDs are then no fault. */
  readonly dryRun: boolean;
}

/** The options of a command that choose a target. */
interface TargetOptions {
  readonly config?: string;
  readonly env?: string;
  readonly "dry-run"?: boolean;
}

/**
 * Checks a configuration as the gate will, without .dev.vars and without this shell's environment, which are not
 * deployed. It sends no requests, and prints what it finds.
 *
 * @param secrets values of secrets, if they are known; of other secrets only the names are known
 * @returns whether the gate would start with the configuration
 * @throws UsageError if there is no such configuration, or the environment does not list a secret
 */
export async function checkDeployment(
  { config, env, dryRun }: Target,
  secrets: Readonly<Record<string, string>>,
  { print }: Pick<ScriptWorld, "print">,
): Promise<boolean> {
  const settings = readSettings(process.cwd(), {}, { config, env, dryRun, devVars: false });
  for (const name of Object.keys(secrets)) {
    if (!settings.wrangler?.requiredSecrets.includes(name)) {
      throw new UsageError(`${name} is no secret of [env.${env}]: name it under [env.${env}.secrets], required`);
    }
  }
  const code = await loadConfiguredCode(settings);
  if (code.environment === undefined) requireVariables(settings);
  const environment = { ...settings.environment, ...secrets };
  const findings = await examine({ ...settings, environment }, code, createNodeIo(), { offline: true });
  print(renderFindings(findings, createPaint(process.stdout)));
  return findings.every(({ state }) => state !== "fault");
}

/**
 * @returns the file to pass to Wrangler. Without a name, Wrangler would prefer a wrangler.json that was not checked
 * @throws UsageError if the file or the name of an environment is missing
 */
export function chooseTarget({ config = "wrangler.toml", env, "dry-run": dryRun = false }: TargetOptions): Target {
  if (env === undefined) throw new UsageError("--env is missing. Use --env staging or --env production");
  if (!existsSync(config)) throw new UsageError(`--config ${config}: the file does not exist`);
  return { config: path.resolve(config), env, dryRun };
}
