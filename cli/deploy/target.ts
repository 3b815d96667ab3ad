import { existsSync } from "node:fs";
import path from "node:path";
import type { OptionsOf } from "../common/command-definition.ts";
import { UsageError } from "../common/usage-error.ts";
import { findAbove, findWranglerFileAbove, parseFile, readWrangler, redirection } from "../project/wrangler-config.ts";
import { findWrangler } from "../project/wrangler-program.ts";
import type { targetOptions } from "./definition.ts";

/** What Wrangler is told to deploy. */
export interface Target {
  /** Absolute path of Wrangler's configuration file. */
  readonly file: string;
  /** Environment in that file; empty for the top level. */
  readonly env: string;
  /** Value of `--config` with which other commands find the file; absent if they find it without. */
  readonly config?: string;
  /** Name for people: `wrangler.jsonc [env.production]`. */
  readonly name: string;
  /** Whether nothing will be uploaded. */
  readonly dryRun: boolean;
}

/**
 * Chooses the file and the environment as Wrangler does. An environment is never chosen silently: without `--env`, a
 * file with environments is refused.
 *
 * @throws UsageError if the file, the environment or Wrangler is missing
 */
export function chooseTarget({ config, env }: OptionsOf<typeof targetOptions>, dryRun: boolean | undefined): Target {
  const here = process.cwd();
  const found = config === undefined ? findFile(here) : { file: findNamedFile(config), isBuilt: false };
  const { file, isBuilt } = found;
  const shown = path.relative(here, file);
  findWrangler(path.dirname(file));
  const built = isBuilt ? readBuild(file) : undefined;
  const environments = built?.environments ?? readWrangler(file, "").environments;
  if (env === undefined && environments.length > 0) {
    const options = environments.map((name) => `--env ${name}`).join(" or ");
    throw new UsageError(`--env is missing: ${shown} has environments. Use ${options}, or --env "" for its top level`);
  }
  if (built !== undefined && env !== undefined && env !== built.env) {
    throw new UsageError(
      `--env ${env}: ${redirection} leads to ${shown}, which was built for ${built.env || "the top level"}: build again with CLOUDFLARE_ENV=${env}`,
    );
  }
  const isFound = config === undefined && !isBuilt && path.dirname(file) === here;
  return {
    file,
    env: built === undefined ? (env ?? "") : "",
    ...(isFound ? {} : { config: shown }),
    name: built?.env ? `${shown}, built for ${built.env}` : env ? `${shown} [env.${env}]` : shown,
    dryRun: dryRun === true,
  };
}

function findNamedFile(config: string): string {
  if (!existsSync(config)) throw new UsageError(`--config ${config}: the file does not exist`);
  return path.resolve(config);
}

/** @returns the file that `wrangler deploy` would read, and whether a build tool wrote it */
function findFile(directory: string): { readonly file: string; readonly isBuilt: boolean } {
  const file = findWranglerFileAbove(directory);
  const pointer = findAbove(directory, redirection);
  if (pointer === undefined) {
    if (file !== undefined) return { file, isBuilt: false };
    throw new UsageError(
      "neither this folder nor one above it has a wrangler.jsonc, wrangler.json or wrangler.toml: run npx entra-gate init, or name the file with --config",
    );
  }
  if (file !== undefined && path.join(path.dirname(file), redirection) !== pointer) {
    throw new UsageError(
      `${path.relative(directory, pointer)} belongs to another project than ${path.relative(directory, file)}: delete it if a build has left it, or run the command in the project's own folder`,
    );
  }
  const { configPath } = parseFile(pointer, redirection);
  const target = typeof configPath === "string" ? path.resolve(path.dirname(pointer), configPath) : undefined;
  if (target === undefined || !existsSync(target)) {
    throw new UsageError(
      `${path.relative(directory, pointer)} names no configuration that exists: build the project again, or delete the file`,
    );
  }
  return { file: target, isBuilt: true };
}

/** A built configuration is that of one environment, and has its name in place of the table of that environment. */
function readBuild(file: string): { readonly env: string; readonly environments: readonly string[] } {
  const { targetEnvironment, definedEnvironments } = parseFile(file);
  return {
    env: typeof targetEnvironment === "string" ? targetEnvironment : "",
    environments: Array.isArray(definedEnvironments) ? definedEnvironments.map(String) : [],
  };
}
