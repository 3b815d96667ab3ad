import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { parse } from "smol-toml";
import { describeCause } from "../../src/cli-exports/common.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import { readInput, requireRegular } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";
import { asTable, parseCommentedJson } from "./commented-json.ts";

/**
 * The oldest compatibility date that this package supports. The Vite plugin of Cloudflare (1.64.0) has an older workerd
 * than Wrangler.
 */
export const compatibilityDate = "2026-10-12";

/** The parts of Wrangler's configuration that the command line needs. */
export interface WranglerConfig {
  /** Name for people: `wrangler.toml [env.production.vars]`. */
  readonly name: string;
  /** Date that chooses the behavior of the runtime; `undefined` if the configuration has none. */
  readonly compatibilityDate: string | undefined;
  /** Name of the worker; `undefined` if the configuration has none. */
  readonly workerName: string | undefined;
  /** Names of the workers that are bound as services. */
  readonly services: readonly string[];
  /** Whether the configuration has static assets and names no folder for them, because Vite builds them. */
  readonly lacksAssets: boolean;
  /** Names of the environments in the file. */
  readonly environments: readonly string[];
  /** Absolute path of the worker's entry file; `undefined` if the configuration has none. */
  readonly main: string | undefined;
  /** Variables, and bindings of which only the kind is known. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** Bindings of the KV namespaces with a `preview_id`, which `wrangler dev` uses in place of the `id`. */
  readonly previewNamespaces: readonly string[];
  /** Variables whose values are in the file in plain text, as code reads them from `process.env`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Names of required secrets. Wrangler does not deploy if one is missing in Cloudflare. */
  readonly requiredSecrets: readonly string[];
  /** Patterns of the zone, `api.contoso.com/*`. A custom domain has this form too. */
  readonly patterns: readonly string[];
  readonly workersDev: boolean;
  readonly previewUrls: boolean;
  /** Whether a deployment keeps the variables that were set in Cloudflare's dashboard, beside those of the file. */
  readonly keepsVariables: boolean;
  /** Whether Workers Caching is on for the worker's own entry. A cache then answers before the worker runs. */
  readonly workersCaching: boolean;
  /** The static assets that Cloudflare serves before the worker runs; `undefined` if there are none. */
  readonly ungatedAssets: Assets | undefined;
  /** What is behind each binding, by its name: `services service=orders`. */
  readonly bindings: ReadonlyMap<string, string>;
  /** All settings. An environment has those that it inherits too. */
  readonly settings: Table;
}

type Table = Readonly<Record<string, unknown>>;

/** The setting `assets`. */
export interface Assets {
  readonly directory?: string;
  /** Patterns of requests for which the worker runs first, and with `!` those for which it does not. */
  readonly run_worker_first?: boolean | readonly string[];
}

/** The settings of one environment, and the names of all environments. */
interface Configuration {
  readonly settings: Table;
  readonly environments: readonly string[];
}

/** Names of the configuration, in the order in which Wrangler looks for them. */
export const fileNames = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/** @returns the file that Wrangler would read in a folder; `wrangler.toml` if there is none */
export function findWranglerFile(directory: string): string {
  const files = fileNames.map((name) => path.join(directory, name));
  return files.find((file) => existsSync(file)) ?? path.join(directory, "wrangler.toml");
}

/** Where a build tool names the configuration that it has written. */
export const redirection = path.join(".wrangler", "deploy", "config.json");

/** @returns the file that `wrangler deploy` reads in a folder if no build tool redirects it */
export function findWranglerFileAbove(directory: string): string | undefined {
  // Wrangler looks for each name in all folders before it looks for the next name.
  return fileNames.flatMap((name) => findAbove(directory, name) ?? [])[0];
}

/** Finds a file in a folder, or in the nearest one above it. */
export function findAbove(directory: string, name: string): string | undefined {
  for (let folder = directory; ; folder = path.dirname(folder)) {
    const file = path.join(folder, name);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/**
 * Reads Wrangler's configuration with the project's own Wrangler, or without one as TOML or JSON with comments.
 *
 * @param env environment of Wrangler; empty for the top level. An environment does not inherit variables or bindings
 * @throws UsageError if the file cannot be read, or does not have the environment
 */
export function readWrangler(file: string, env: string | undefined): WranglerConfig {
  const name = path.basename(file);
  requireRegular(file, name);
  const { settings, environments } = readByWrangler(file, name, env) ?? readAlone(file, name, env);
  if (env && !environments.includes(env)) {
    throw new UsageError(`--env ${env} is not in ${name}, which has ${environments.join(", ") || "no environments"}`);
  }
  const variables = asTable(settings.vars);
  const requiredSecrets = asList(asTable(settings.secrets).required).filter((secret) => typeof secret === "string");
  const entry = asTable(asTable(settings.exports).default);
  const patterns = (asOptionalList(settings.routes) ?? [settings.route]).flatMap(readPattern);
  // Wrangler's defaults: on, unless the configuration has a route.
  const workersDev = asBoolean(settings.workers_dev, patterns.length === 0);
  return {
    name: env ? `${name} [env.${env}.vars]` : `${name} [vars]`,
    compatibilityDate: typeof settings.compatibility_date === "string" ? settings.compatibility_date : undefined,
    workerName: typeof settings.name === "string" ? settings.name : undefined,
    services: namesOf(settings.services, "service"),
    lacksAssets: settings.assets !== undefined && asTable(settings.assets).directory === undefined,
    environments,
    main: typeof settings.main === "string" ? path.resolve(path.dirname(file), settings.main) : undefined,
    environment: {
      ...variables,
      ...bind(
        carriers.flatMap((name) => namesOf(settings[name])),
        { fetch: unavailable },
      ),
      ...bind(namesOf(settings.secrets_store_secrets), { get: unavailable }),
      ...bind(namesOf(settings.kv_namespaces), { get: unavailable, put: unavailable, delete: unavailable }),
      ...bind(namesOf(settings.ratelimits, "name"), { limit: unavailable }),
      ...bind(namesOf(settings.analytics_engine_datasets), { writeDataPoint: unavailable }),
      ...bind(requiredSecrets, { get: unavailable }),
    },
    previewNamespaces: namesOf(
      asList(settings.kv_namespaces).filter((entry) => asTable(entry).preview_id !== undefined),
    ),
    variables: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    requiredSecrets,
    patterns,
    workersDev,
    previewUrls: hasPreviews(settings, workersDev),
    keepsVariables: asBoolean(settings.keep_vars, false),
    workersCaching: asBoolean(asTable(entry.cache ?? settings.cache).enabled, false),
    ungatedAssets: findUngatedAssets(settings),
    bindings: new Map(Object.entries(settings).flatMap(([setting, value]) => listBindings(setting, value))),
    settings,
  };
}

/** Without the setting, previews are on with workers.dev. A custom domain can have its own. */
function hasPreviews({ preview_urls: previews, routes }: Table, workersDev: boolean): boolean {
  return asBoolean(previews, workersDev) || asList(routes).some((route) => asTable(route).previews_enabled === true);
}

/** @returns the static assets that Cloudflare serves before the worker runs; `undefined` if there are none */
export function findUngatedAssets({ assets }: Table): Assets | undefined {
  if (assets === undefined) return undefined;
  const found: Assets = asTable(assets);
  return found.run_worker_first === true ? undefined : found;
}

/** Members of a binding that count only on a developer's machine. */
const localMembers = /^(?:preview_|remote$|local|dev$)/;

/** Finds the bindings in a setting, whichever it is: `[[services]]`, `[durable_objects] bindings`, `[ai]`. */
function listBindings(setting: string, value: unknown): readonly (readonly [name: string, target: string])[] {
  const { bindings, producers } = asTable(value);
  const entries = Array.isArray(value) ? value : [value, ...asList(bindings), ...asList(producers)];
  return entries.map(asTable).flatMap(({ binding, ...members }) => {
    const { name, ...others } = members;
    const bound = binding ?? name;
    if (typeof bound !== "string") return [];
    const target = Object.entries(binding === undefined ? others : members).filter(([key]) => !localMembers.test(key));
    return [[bound, [setting, ...target.map(([key, own]) => `${key}=${showValue(own)}`).sort()].join(" ")] as const];
  });
}

/** A value of a setting as text. The order of its members does not count. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

/** Settings whose bindings can carry requests. */
const carriers = ["services", "vpc_services", "vpc_networks", "mtls_certificates"];

/** The parts of Wrangler 4 that are used here. */
interface Wrangler {
  unstable_readConfig(args: { config: string; env: string }, options: { hideWarnings: boolean }): Table;
}

/** @returns `undefined` if the project has no usable Wrangler */
function readByWrangler(file: string, name: string, env: string | undefined): Configuration | undefined {
  const wrangler = loadWrangler(file);
  if (wrangler === undefined) return undefined;
  try {
    const read = (name: string) => wrangler.unstable_readConfig({ config: file, env: name }, { hideWarnings: true });
    // Without a name, Wrangler would read the environment that CLOUDFLARE_ENV names.
    const base = read("");
    const environments = asList(base.definedEnvironments).filter((each) => typeof each === "string");
    // The caller reports a missing file in one line.
    return { settings: env && environments.includes(env) ? read(env) : base, environments };
  } catch (error) {
    // Of a text that is no JSON or TOML, Wrangler's message names no line.
    parseFile(file, name);
    throw new UsageError(...`${name} cannot be read: ${stripVTControlCharacters(describeCause(error))}`.split("\n"));
  }
}

function loadWrangler(file: string): Wrangler | undefined {
  try {
    const wrangler: Partial<Wrangler> = createRequire(file)("wrangler");
    return typeof wrangler.unstable_readConfig === "function" ? (wrangler as Wrangler) : undefined;
  } catch {
    return undefined;
  }
}

/** Settings that an environment does not inherit. */
const ownSettings = [
  ...carriers,
  ...["vars", "secrets", "secrets_store_secrets", "define", "unsafe"],
  ...[
    "kv_namespaces",
    "ratelimits",
    "analytics_engine_datasets",
    "durable_objects",
    "workflows",
    "queues",
    "r2_buckets",
  ],
  ...["d1_databases", "vectorize", "hyperdrive", "send_email", "dispatch_namespaces", "pipelines", "worker_loaders"],
  ...["tail_consumers", "streaming_tail_consumers", "containers", "version_metadata", "browser", "ai", "images"],
];

function readAlone(file: string, name: string, env: string | undefined): Configuration {
  const base = parseFile(file, name);
  const environments = asTable(base.env);
  const inherited = Object.fromEntries(Object.entries(base).filter(([key]) => !ownSettings.includes(key)));
  // The worker of an environment has a name of its own.
  const named = typeof base.name === "string" ? { name: `${base.name}-${env}` } : {};
  return {
    settings: env ? { ...inherited, ...named, ...asTable(environments[env]) } : base,
    environments: Object.keys(environments),
  };
}

/**
 * Parses Wrangler's configuration as it is written.
 *
 * @throws UsageError if the file cannot be read
 */
export function parseFile(file: string, name = path.basename(file)): Table {
  const text = readInput(file, name);
  if (/\.jsonc?$/.test(name)) return parseCommentedJson(text, name);
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(...`${name} cannot be read: ${describeCause(error)}`.split("\n"));
  }
}

/** Represents a binding of the edge. The command line must not call it. */
function bind(names: readonly string[], binding: object): Table {
  return Object.fromEntries(names.map((name) => [name, binding]));
}

function namesOf(list: unknown, member = "binding"): readonly string[] {
  return asList(list)
    .map((entry) => asTable(entry)[member])
    .filter((name) => typeof name === "string");
}

function unavailable(): never {
  throw new Error("bindings are not available on the command line");
}

function readPattern(route: unknown): readonly string[] {
  const {
    pattern,
    enabled,
    custom_domain: isWholeHost,
  } = asTable(typeof route === "string" ? { pattern: route } : route);
  if (typeof pattern !== "string" || enabled === false) return [];
  return [isWholeHost === true ? `${pattern}/*` : pattern];
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asOptionalList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function asBoolean(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}
