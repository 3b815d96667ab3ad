import path from "node:path";
import { createNodeIo } from "../common/node-io.ts";
import { withProgress } from "../common/progress.ts";
import { createPaint, print, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { renderFindings } from "../doctor/command.ts";
import { examine } from "../doctor/doctor.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings, requireVariables, type Settings } from "../project/settings.ts";
import type { Target } from "./target.ts";

/**
 * Checks a target as its gate will, without .dev.vars and without this shell's environment, which are not deployed. It
 * sends no requests, and prints what it finds.
 *
 * @param secrets values of secrets, if they are known; of other secrets only the names are known
 * @returns whether the gate would start
 * @throws UsageError if the target has no worker or no variable of a gate, or does not list a secret
 */
export async function checkTarget(target: Target, secrets: Readonly<Record<string, string>>): Promise<boolean> {
  const { file, env, config, dryRun, name } = target;
  const settings = readSettings(path.dirname(file), {}, { config: file, env, dryRun, devVars: false });
  if (settings.wrangler?.main === undefined)
    throw new UsageError(`${name} names no worker: set main to its file, such as src/worker.ts`);
  for (const secret of Object.keys(secrets)) {
    if (!settings.wrangler.requiredSecrets.includes(secret)) {
      const list = env ? `env.${env}.secrets.required` : "secrets.required";
      throw new UsageError(`${secret} is no secret of ${name}: add "${secret}" to ${list}`);
    }
  }
  const environment = { ...settings.environment, ...secrets };
  const code = await withProgress("Loading the worker", () => loadDeployedCode(settings, secrets));
  if (code.environment === undefined) requireVariables(settings);
  const { config: _, ...place } = settings.place;
  const deployed = { ...settings, environment, place: { ...place, ...(config !== undefined && { config }) } };
  const findings = await examine(deployed, code, createNodeIo(), { offline: true });
  print(`${showText(name)}\n`);
  print(renderFindings(findings, createPaint(process.stdout)));
  return findings.every(({ state }) => state !== "fault");
}

/**
 * Loads the worker with the variables of the target alone, because its module scope can read them from `process.env`.
 */
async function loadDeployedCode(settings: Settings, secrets: Readonly<Record<string, string>>): Promise<GateCode> {
  const { variables = {} } = settings.wrangler ?? {};
  const own = process.env;
  process.env = { NODE_ENV: "production", ...variables, ...secrets };
  try {
    return await loadConfiguredCode(settings);
  } finally {
    process.env = own;
  }
}
