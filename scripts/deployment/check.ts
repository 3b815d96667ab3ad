import { existsSync } from "node:fs";
import path from "node:path";
import { renderFindings } from "../../src/cli/doctor/command.ts";
import { examine } from "../../src/cli/doctor/doctor.ts";
import { loadGateCode } from "../../src/cli/load-gate.ts";
import { createNodeIo } from "../../src/cli/node-io.ts";
import { readSettings, requireVariables } from "../../src/cli/settings.ts";
import { createPaint } from "../../src/cli/terminal.ts";
import { UsageError } from "../../src/cli/usage-error.ts";
import type { ScriptWorld } from "../run-script.ts";

/** What is deployed, and where its configuration is. */
export interface Target {
  /** wrangler.toml, or another file of wrangler's. */
  readonly config: string;
  /** Environment of wrangler. */
  readonly env: string;
}

/**
 * Looks at a configuration as the gate will: without .dev.vars and without this shell's environment, which are not deployed.
 * Asks nobody. Prints what it finds.
 *
 * @param secrets values of secrets, where they are at hand; of others only the name is known
 * @returns whether the gate would serve with it
 * @throws UsageError where there is no such configuration, or a secret that the environment does not name
 */
export async function checkDeployment(
  { config, env }: Target,
  secrets: Readonly<Record<string, string>>,
  { print }: Pick<ScriptWorld, "print">,
): Promise<boolean> {
  const settings = readSettings(process.cwd(), {}, { config, env, devVars: false });
  for (const name of Object.keys(secrets)) {
    if (!settings.wrangler?.requiredSecrets.includes(name)) {
      throw new UsageError(`${name} is no secret of [env.${env}]: name it under [env.${env}.secrets], required`);
    }
  }
  const code = await loadGateCode(settings.wrangler?.main);
  if (code.environment === undefined) requireVariables(settings);
  const environment = { ...settings.environment, ...secrets };
  const findings = await examine({ ...settings, environment }, code, createNodeIo(), true);
  print(renderFindings(findings, createPaint(process.stdout)));
  return findings.every(({ state }) => state !== "fault");
}

/**
 * @returns the file to hand to wrangler by name: left to itself it would prefer a wrangler.json that nobody checked
 * @throws UsageError where the file or the name of an environment is missing
 */
export function chooseTarget({ config = "wrangler.toml", env }: { config?: string; env?: string }): Target {
  if (env === undefined) throw new UsageError("which environment? --env staging or --env production");
  if (!existsSync(config)) throw new UsageError(`--config ${config}: the file does not exist`);
  return { config: path.resolve(config), env };
}
