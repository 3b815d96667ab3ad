import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { isDocument, type PolicySources, readRoutes } from "../decisions/policy.ts";
import { checkRead, type GateCode, type RouteTable, tableOf } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings } from "../project/settings.ts";
import {
  findAbove,
  findWranglerFile,
  findWranglerFileAbove,
  parseFile,
  readWrangler,
  redirection,
  type WranglerConfig,
} from "../project/wrangler-config.ts";

/** What one environment of a project deploys. */
export interface Deployment {
  readonly code: GateCode;
  readonly table: RouteTable;
  /** Variables of the file, or those in code that replace them. */
  readonly environment: Environment;
  /** `undefined` for a program for Node or Deno. */
  readonly wrangler: WranglerConfig | undefined;
  /** Whether a document names the routes, which says nothing of options. */
  readonly isDocument: boolean;
  /**
   * Configuration that Wrangler deploys in place of the compared one, as a build tool has named it; `undefined` if
   * there is none.
   */
  readonly redirected: string | undefined;
}

/** Why it is not known what is deployed. */
export interface Problem {
  readonly problem: string;
}

/** A folder with a worker, or with a program for Node or Deno. */
export interface Project {
  /** Names of the environments in Wrangler's file. */
  readonly environments: readonly string[];
  /** @param env name of an environment; empty for the top level */
  load(env: string): Promise<Deployment | Problem>;
}

export interface ProjectOptions {
  /** Wrangler's file, relative to the folder. */
  readonly config?: string | undefined;
  /** Worker, module of routes or document in place of `main`, relative to the folder. */
  readonly worker?: string | undefined;
}

/** Whether a path is a folder. */
export function isFolder(name: string): boolean {
  return existsSync(name) && statSync(name).isDirectory();
}

/**
 * Variables in place of those that no file shows, so that the routes can be compared. Names of requirements are those
 * of their variables.
 */
const standIns = {
  ENTRA_TENANT_ID: "11111111-1111-4111-8111-111111111111",
  ENTRA_API_AUDIENCE: "api://unknown",
  ENTRA_REQUIRED_SCOPE: "ENTRA_REQUIRED_SCOPE",
  ENTRA_REQUIRED_ROLE: "ENTRA_REQUIRED_ROLE",
};

/** A program for Node or Deno needs these to start. */
const programStandIns = {
  ...standIns,
  GATE_URL: "https://gate.invalid",
  ORIGIN_URL: "https://origin.invalid",
};

/**
 * Completes the variables of one side with those of the other, and with names in place of values that neither shows.
 * Both sides' routes are read with them.
 */
export function shareVariables(before: Environment, after: Environment): Environment {
  const fill = (names: readonly (keyof typeof standIns)[]) => {
    if (names.some((name) => name in before)) return {};
    const source = names.some((name) => name in after) ? after : standIns;
    return Object.fromEntries(names.flatMap((name) => (name in source ? [[name, source[name]]] : [])));
  };
  return {
    ...before,
    ...fill(["ENTRA_TENANT_ID"]),
    ...fill(["ENTRA_API_AUDIENCE"]),
    ...fill(["ENTRA_REQUIRED_SCOPE", "ENTRA_REQUIRED_ROLE"]),
  };
}

/**
 * Opens a project. Of its variables, only those in Wrangler's file count: no `.dev.vars`, no `.env` and no process is
 * deployed.
 *
 * @throws UsageError if the folder or `--config` does not exist
 */
export function openProject(
  folder: string,
  { config, worker }: ProjectOptions,
  sources: Omit<PolicySources, "environment">,
): Project {
  const file = config === undefined ? findDeployedFile(path.resolve(folder)) : path.resolve(folder, config);
  if (config !== undefined && !existsSync(file)) throw new UsageError(`--config ${config}: ${file} does not exist`);
  const loaded = new Map<string, Promise<GateCode>>();

  async function readCode(env: string): Promise<Deployment> {
    const deployed = env === "" ? {} : { env };
    const settings = readSettings(
      folder,
      {},
      { ...(existsSync(file) && { config: file }), ...deployed, devVars: false },
    );
    const { wrangler } = settings;
    const main = worker ?? wrangler?.main ?? "";
    const environment = wrangler === undefined ? programStandIns : settings.environment;
    const load = () =>
      worker === undefined
        ? loadConfiguredCode({ ...settings, environment })
        : readRoutes(path.join(folder, worker), { ...sources, environment: shareVariables(environment, {}) });
    const loading = loaded.get(main) ?? load();
    loaded.set(main, loading);
    const code = await loading;
    checkRead(code);
    return {
      code,
      table: tableOf(code),
      environment: code.environment ?? settings.environment,
      wrangler,
      isDocument: worker !== undefined && isDocument(worker),
      redirected: config === undefined ? readRedirection(path.resolve(folder)) : undefined,
    };
  }

  const findProblem = (error: unknown): Problem => {
    if (error instanceof UsageError) return { problem: error.lines.join(" ") };
    throw error;
  };

  return {
    environments: existsSync(file) ? listEnvironments(file) : [],
    load: (env) => readCode(env).catch(findProblem),
  };
}

function readRedirection(folder: string): string | undefined {
  const pointer = findAbove(folder, redirection);
  return pointer && String(parseFile(pointer, redirection).configPath);
}

/** In a folder that has a file of Wrangler, Wrangler can prefer one of another name in a folder above it. */
function findDeployedFile(folder: string): string {
  const own = findWranglerFile(folder);
  return (existsSync(own) ? findWranglerFileAbove(folder) : undefined) ?? own;
}

/** A file that cannot be read has none. To load what it deploys says why. */
function listEnvironments(file: string): readonly string[] {
  try {
    return readWrangler(file, undefined).environments;
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}
