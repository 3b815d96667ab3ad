import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";
import { describeCause } from "../cause.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line needs of wrangler's configuration. */
export interface WranglerConfig {
  /** For people: `wrangler.toml [env.production]`. */
  readonly name: string;
  /** Entry file of the worker, absolute; `undefined` where none is named. */
  readonly main: string | undefined;
  /** Variables, and bindings of which only the kind is known. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** Names of variables whose values stand in the file, for everybody to read. */
  readonly plainVariables: readonly string[];
  /** Names of secrets that were put at Cloudflare; wrangler refuses to deploy where one is missing there. */
  readonly requiredSecrets: readonly string[];
  /** Patterns of the zone, `api.contoso.com/*`. */
  readonly patterns: readonly string[];
  readonly workersDev: boolean;
  readonly previewUrls: boolean;
  /** Workers Caching in front of the worker's own entry: a cache answers before the worker runs. */
  readonly workersCaching: boolean;
}

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads wrangler.toml, or the same in JSON.
 *
 * @param env environment of wrangler. What wrangler does not inherit is not inherited here: variables and bindings
 * @throws UsageError where the file is none, or has no such environment
 */
export function readWrangler(file: string, env: string | undefined): WranglerConfig {
  const name = path.basename(file);
  const base = parseFile(file, name);
  const environments = asTable(base.env);
  const chosen = env === undefined ? base : asTable(environments[env]);
  if (env !== undefined && environments[env] === undefined) {
    throw new UsageError(`--env ${env}: ${name} has ${Object.keys(environments).join(", ") || "no environments"}`);
  }
  const inherited = { ...base, ...chosen };
  const variables = asTable(chosen.vars);
  const requiredSecrets = asList(asTable(chosen.secrets).required).filter((secret) => typeof secret === "string");
  const entry = asTable(asTable(inherited.exports).default);
  return {
    name: env === undefined ? `${name} [vars]` : `${name} [env.${env}.vars]`,
    main: typeof inherited.main === "string" ? path.resolve(path.dirname(file), inherited.main) : undefined,
    environment: {
      ...variables,
      ...bind(namesOf(chosen.services), { fetch: unavailable }),
      ...bind(namesOf(chosen.secrets_store_secrets), { get: unavailable }),
      ...bind(namesOf(chosen.kv_namespaces), { get: unavailable, put: unavailable, delete: unavailable }),
      ...bind(namesOf(chosen.ratelimits, "name"), { limit: unavailable }),
      ...bind(namesOf(chosen.analytics_engine_datasets), { writeDataPoint: unavailable }),
      ...bind(requiredSecrets, { get: unavailable }),
    },
    plainVariables: Object.keys(variables),
    requiredSecrets,
    patterns: [inherited.route, ...asList(inherited.routes)].flatMap(readPattern),
    // Wrangler's own defaults: on, unless a route is named.
    workersDev: asBoolean(inherited.workers_dev, inherited.routes === undefined && inherited.route === undefined),
    previewUrls: asBoolean(inherited.preview_urls, false),
    workersCaching: asBoolean(asTable(entry.cache ?? inherited.cache).enabled, false),
  };
}

function parseFile(file: string, name: string): Table {
  try {
    const text = readFileSync(file, "utf8");
    return asTable(name.endsWith(".json") ? JSON.parse(text) : parse(text));
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${describeCause(error)}`);
  }
}

/** A binding stands for what it does at the edge: nothing here may ask it. */
function bind(names: readonly string[], binding: object): Table {
  return Object.fromEntries(names.map((name) => [name, binding]));
}

function namesOf(list: unknown, member = "binding"): readonly string[] {
  return asList(list)
    .map((entry) => asTable(entry)[member])
    .filter((name) => typeof name === "string");
}

function unavailable(): never {
  throw new Error("bindings are out of reach on the command line");
}

function readPattern(route: unknown): readonly string[] {
  const pattern = typeof route === "string" ? route : asTable(route).pattern;
  return typeof pattern === "string" ? [pattern] : [];
}

function asTable(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asBoolean(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}
