import { existsSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import {
  downstreamVariables,
  type Environment,
  isOfGate,
  knownVariables,
  revocationVariables,
} from "../../src/cli-exports/policy.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { readInput } from "../common/input-file.ts";
import type { configurationOptions } from "../common/shared-options.ts";
import type { Place } from "../common/spelling.ts";
import { UsageError } from "../common/usage-error.ts";
import { findWranglerFile, readWrangler, type WranglerConfig } from "./wrangler-config.ts";

export interface SettingsOptions extends OptionsOf<typeof configurationOptions> {
  /** Whether nothing will be deployed. */
  readonly dryRun?: boolean;
}

/** The configuration of a gate on this machine. */
export interface Settings {
  /** Wrangler's configuration. */
  readonly directory: string;
  readonly environment: Environment;
  /** Source of each variable. */
  readonly sources: ReadonlyMap<string, string>;
  readonly wrangler: WranglerConfig | undefined;
  /** Whether the configuration is for Cloudflare Workers. Elsewhere, a gate has only the environment of its process. */
  readonly onWorkers: boolean;
  /**
   * Whether these are the settings of a deployed environment. Its secrets are stored in Cloudflare and are not visible
   * here.
   */
  readonly deployed: boolean;
  /** Whether a deployment is only tried, perhaps with the values of the documentation. */
  readonly dryRun: boolean;
  /** File in which to write a repair. */
  readonly place: Place;
  /** Names in the gate's files that are not the gate's own. */
  readonly otherNames: readonly string[];
}

const processSource = "environment";
const envFile = ".env";
/** An invisible character before a name is a fault of the configuration, which the gate reports. */
const tables = { ...knownVariables, ...downstreamVariables, ...revocationVariables };
const isOwn = (name: string) =>
  isOfGate(name) || Object.hasOwn(tables, name.toUpperCase()) || /^token_cache[_-]/i.test(name);

/**
 * Reads Wrangler's configuration, then .dev.vars as `wrangler dev` does, then the environment of the process. Later
 * sources override earlier ones. Without a configuration of Wrangler, it reads .env before .dev.vars, as the server of
 * a project for Node or Deno does. With `env`, it reads only Wrangler's configuration, because nothing else is deployed
 * to that environment. An empty `env` is the top level, which `wrangler deploy --env ""` deploys.
 *
 * @param directory in which the command runs
 * @throws UsageError if a file cannot be read
 */
export function readSettings(
  directory: string,
  processEnvironment: Readonly<Record<string, string | undefined>>,
  { config, env, devVars, dryRun = false }: SettingsOptions,
): Settings {
  const file = config === undefined ? findWranglerFile(directory) : path.resolve(directory, config);
  if (config !== undefined && !existsSync(file)) throw new UsageError(`--config ${config}: the file does not exist`);
  if (env !== undefined && !existsSync(file))
    throw new UsageError(
      `--env ${env} needs ${path.basename(file)}, which does not exist: run the command in the project's folder, or use --config`,
    );
  const wrangler = existsSync(file) ? readWrangler(file, env) : undefined;
  const home = path.dirname(file);
  const variables = new Map<string, { readonly value: unknown; readonly source: string }>();
  const otherNames: string[] = [];
  const add = (values: Readonly<Record<string, unknown>>, source: string) => {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined && isOwn(name)) variables.set(name, { value, source });
      else if (source !== processSource) otherNames.push(name);
    }
  };
  if (wrangler !== undefined) add(wrangler.environment, wrangler.name);
  if (env === undefined) {
    const files = devVars ? [...(wrangler === undefined ? [envFile] : []), ".dev.vars"] : [];
    for (const name of files) add(readVariables(path.join(home, name)), name);
    add(processEnvironment, processSource);
  }
  const sources = new Map([...variables].map(([name, { source }]) => [name, source]));
  return {
    directory: home,
    environment: Object.fromEntries([...variables].map(([name, { value }]) => [name, value])),
    sources,
    wrangler,
    place: { ...(wrangler && { file: path.basename(file) }), ...(env && { env }), ...(config && { config }), sources },
    otherNames,
    onWorkers: [...variables.values()].some(({ source }) => source !== processSource && source !== envFile),
    deployed: env !== undefined,
    dryRun,
  };
}

/** @throws UsageError if no variable configures a gate */
export function requireVariables(settings: Settings): void {
  const { sources, wrangler, deployed, place } = settings;
  if (sources.size > 0) return;
  const files = wrangler === undefined ? "wrangler.toml, .env, .dev.vars" : `${place.file}, .dev.vars`;
  const places = deployed ? wrangler?.name : `${files} or the environment`;
  const hints = [describeOtherEnvironments(settings), deployed ? undefined : describeEnvFile(settings)];
  throw new UsageError(
    [
      `no variable of a gate is set in ${places}: set ENTRA_TENANT_ID and the others there, or name another file with --config`,
      ...hints.filter((hint) => hint !== undefined),
    ].join(". "),
  );
}

/** Wrangler does not read `.env` beside `.dev.vars`, and never when it deploys a gate. */
function describeEnvFile({ directory, wrangler }: Settings): string | undefined {
  if (wrangler === undefined) return undefined;
  const hasOwn = Object.keys(readVariables(path.join(directory, envFile))).some((name) => isOwn(name));
  return hasOwn
    ? "This command does not read .env beside a configuration of Wrangler: move its variables to .dev.vars"
    : undefined;
}

/**
 * Names the environments in Wrangler's file that were not read.
 *
 * @returns `undefined` if there are none, or the part that was read has variables of a gate
 */
export function describeOtherEnvironments({ sources, wrangler, place }: Settings): string | undefined {
  if (wrangler === undefined) return undefined;
  const isConfigured = [...sources].some(([name, source]) => name.startsWith("ENTRA_") && source === wrangler.name);
  const others = wrangler.environments.filter((name) => name !== place.env);
  if (isConfigured || others.length === 0) return undefined;
  return `${place.file} also has ${others.map((name) => `--env ${name}`).join(", ")}`;
}

function readVariables(file: string): Readonly<Record<string, string | undefined>> {
  const text = existsSync(file) ? readInput(file) : "";
  // Wrangler ignores a byte order mark in .dev.vars. Node and Deno keep that of .env in the first name.
  return parseEnv(path.basename(file) === envFile ? text : text.replace(/^\uFEFF/, ""));
}
