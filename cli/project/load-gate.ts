import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type App, type AppContents, findContents, type GateOptions } from "../../src/cli-exports/gate.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import { requireRegular } from "../common/input-file.ts";
import { describeMissingPackage, UsageError } from "../common/usage-error.ts";
import { bundleForNode } from "./bundle-worker.ts";
import { type DaloyApp, readDaloyApp, readHonoApp } from "./framework-tables.ts";
import { createAppTable, type GateCode, type HonoApp } from "./gate-code.ts";
import { findApp, findProgram, startsServer } from "./program.ts";
import { runWithoutServer } from "./program-code.ts";
import { findServedName, writeEntrance } from "./served-name.ts";
import type { Settings } from "./settings.ts";
import { findPlace, noteBundle } from "./thrown-place.ts";

/**
 * Loads a worker and reads what its code decides. This runs its module scope, as at the edge.
 *
 * @param main absolute path of the worker's entry file
 */
export function loadGateCode(main: string): Promise<GateCode> {
  return loadCode(main, (file) => importWorker(file));
}

/**
 * Does the same for the worker of Wrangler's configuration, or without one for the program of a project for Node or
 * Deno.
 */
export async function loadConfiguredCode({
  wrangler,
  place: { file },
  directory,
  environment,
}: Settings): Promise<GateCode> {
  if (wrangler?.main !== undefined) return loadGateCode(wrangler.main);
  if (file !== undefined) return { options: {}, problem: `${file} names no worker: set \`main\``, fix: mainFix };
  const program = findProgram(directory);
  const app = program && findApp(directory, program);
  if (app !== undefined) {
    const code = await loadProgram(app, environment);
    return code.fix === undefined ? code : { ...code, fix: `${code.fix}; ${adapterFix}` };
  }
  if (program !== undefined) {
    const problem = `the script "${program.text}" shows no routes: it neither runs deno serve nor a module that calls Deno.serve or serve of @hono/node-server`;
    return { options: {}, problem, fix: `create the app in app.ts or src/app.ts, and export it; ${adapterFix}` };
  }
  const problem = "no file names a worker: this folder has no wrangler.json, wrangler.jsonc or wrangler.toml";
  return { options: {}, problem: `${problem}, and no script start or dev`, fix: "name the file with --config" };
}

/**
 * Does the same for the module of a program for Node or Deno. No server starts.
 *
 * @param main absolute path of the module
 * @param environment variables of `.env`
 */
export function loadProgram(main: string, environment: Environment): Promise<GateCode> {
  return loadCode(main, (file) => importProgram(file, environment));
}

/**
 * Does the same for a worker that may have changed since it was loaded, if the project has esbuild.
 *
 * @param main absolute path of the worker's entry file
 */
export function loadChangedCode(main: string | undefined): Promise<GateCode> {
  return loadCode(main, async (file) => (await importBundle(file)) ?? importWorker(file));
}

/**
 * Does the same for a worker, or for a module that exports the routes of a gate as `routes`.
 *
 * @param file absolute path of the module
 * @param environment variables of `.env`, for a program
 */
export function loadRoutes(file: string, environment: Environment): Promise<GateCode> {
  return loadCode(
    file,
    (main) => importWorker(main, environment),
    (module) => readModule(module) ?? readRoutes(module),
  );
}

/**
 * Loads a worker in a way of its own.
 *
 * @param load returns the exports of the module
 * @param read returns what the exports show, or `undefined`
 */
async function loadCode(
  main: string | undefined,
  load: (file: string) => Promise<Readonly<Record<string, unknown>>>,
  read: (worker: Readonly<Record<string, unknown>>) => GateCode | undefined = readModule,
): Promise<GateCode> {
  if (main === undefined) return { options: {}, problem: "no file names a worker" };
  const name = path.relative(process.cwd(), main);
  if (!existsSync(main)) return { options: {}, problem: `${name} does not exist`, fix: mainFix, broken: true };
  try {
    requireRegular(main, name);
    const worker = await load(main);
    const code = read(worker);
    if (code !== undefined)
      return { ...code, ...(hidesApp(worker) && { entrance: writeEntrance(readFileSync(main, "utf8")) }) };
  } catch (error) {
    const missing = describeMissingPackage(error);
    const thrown = describeLoading(error, missing);
    const problem = `${name} cannot be loaded: ${thrown}`;
    const place = findPlace(error)?.file;
    const fix = missing ?? `correct the error in ${place ?? `${name}, or in a module that it imports`}`;
    return { options: {}, problem, fix, thrown, ...(isRefusal(error) && { broken: true }) };
  }
  const problem = `the default export of ${name} does not show its routes: it is not createGate(…) or an app. Export the app too, with the name \`app\``;
  return { options: {}, problem, fix: `export the app of ${name} too, as \`app\`` };
}

const adapterFix = "or use --adapter if the app is behind entra()";
const mainFix = "set main in wrangler.toml to a file that exists";

/** Longer than a message that names a value and a correct one. A message can contain the text of a whole module. */
const messageCharacters = 500;

/**
 * The whole message of an error, in one line, after its place. Of the errors of esbuild, it is the first.
 *
 * @param missing what to say of a missing package in place of the message
 */
function describeLoading(error: unknown, missing: string | undefined): string {
  const [first] = (error as Partial<BuildFailure> | undefined)?.errors ?? [];
  const { file, line, column } = first?.location ?? findPlace(error) ?? {};
  const place = file === undefined ? "" : `${file}:${line}:${column}: `;
  const lines = missing ?? first?.text ?? (error instanceof Error ? error.message : String(error));
  const text = lines
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .join(" ");
  const cut = text.length > messageCharacters ? `${text.slice(0, messageCharacters)}…` : text;
  return `${place}${cut}`;
}

/** The parts of an error of esbuild that are used here. */
interface BuildFailure {
  readonly errors: readonly {
    readonly text: string;
    readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
  }[];
}

/** Name of an export that is added to a module whose default export hides its app. */
const servedExport = "entraGateServed";

/** The statement that exports what a module hides; empty if it hides nothing. */
function writeServedExport(main: string): string {
  const name = findServedName(readFileSync(main, "utf8"));
  return name === undefined ? "" : `\nexport { ${name} as ${servedExport} };\n`;
}

/** Imports a module with a statement more. */
async function importWith(main: string, added: string): Promise<Readonly<Record<string, unknown>>> {
  const { href } = pathToFileURL(main);
  const hooks = registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const { source } = loaded;
      if (url.replace(/\?.*/, "") !== href || source === undefined || source === null) return loaded;
      const text = typeof source === "string" ? source : new TextDecoder().decode(source);
      return { ...loaded, source: `${text}${added}` };
    },
  });
  try {
    // An address of its own, because Node keeps modules by their addresses.
    return await import(`${href}?${servedExport}`);
  } finally {
    hooks.deregister();
  }
}

function importProgram(main: string, environment: Environment): Promise<Readonly<Record<string, unknown>>> {
  // A bundle of a server would start it.
  return runWithoutServer(main, environment, startsServer(main) ? (url) => import(url) : () => importByName(main));
}

function importWorker(main: string, environment: Environment = {}): Promise<Readonly<Record<string, unknown>>> {
  return startsServer(main) ? importProgram(main, environment) : importByName(main);
}

/** A module that is written for a bundler may not load in Node. It is then bundled, if the project has esbuild. */
async function importByName(main: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const added = writeServedExport(main);
    return added === "" ? await import(pathToFileURL(main).href) : await importWith(main, added);
  } catch (error) {
    if (isRefusal(error) || error instanceof UsageError) throw error;
    const bundle = await importBundle(main);
    if (bundle === undefined) throw error;
    return bundle;
  }
}

/** @returns `undefined` if the project has no esbuild */
async function importBundle(main: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bundle = await bundleForNode(main, writeServedExport(main));
  if (bundle === undefined) return undefined;
  const url = `data:text/javascript,${encodeURIComponent(bundle.code)}`;
  try {
    return await import(url);
  } catch (error) {
    noteBundle(error, bundle.map);
    throw error;
  }
}

/**
 * Messages of an engine for missing objects. Node lacks the platform's own objects. A message of this package can say
 * that a value "is not an App".
 */
const engineMessage =
  /^Cannot |^Class |^Failed | is not (?:a function|a constructor|(?:async )?iterable|an object|an entry object)\b/;

/** Whether the worker's own code refuses to start, as it would at the edge. */
function isRefusal(error: unknown): boolean {
  return error instanceof TypeError && !("code" in error) && !engineMessage.test(error.message);
}

/**
 * Reads what the code of a worker decides, from its default export, from what that hides, or from `app`. A worker
 * exports `app` if its default export hides it in another way.
 *
 * @param worker the exports of its module
 * @returns `undefined` if they do not show it
 */
export function readModule(worker: Readonly<Record<string, unknown>>): GateCode | undefined {
  return readServed(worker) ?? readExport(worker.app);
}

function readServed(worker: Readonly<Record<string, unknown>>): GateCode | undefined {
  return readExport(worker.default) ?? readExport(worker[servedExport]);
}

/** Whether a worker serves something that was not read, beside what was. */
function hidesApp(worker: Readonly<Record<string, unknown>>): boolean {
  return worker.default !== undefined && readServed(worker) === undefined;
}

/** A gate serves the routes of an App that has no guard of its own. */
function readRoutes({ routes }: Readonly<Record<string, unknown>>): GateCode | undefined {
  const app = findContents(routes);
  return app === undefined || app.gate !== undefined ? undefined : { options: { routes: routes as App } };
}

function readExport(exported: unknown): GateCode | undefined {
  if ((typeof exported !== "object" && typeof exported !== "function") || exported === null) return undefined;
  const app = findContents(exported);
  if (app !== undefined) return readApp(app, exported as GateOptions["routes"]);
  const { options, routes, router, introspect } = exported as Readonly<Record<string, unknown>>;
  // A copy of a gate, which need not serve as the gate does, is not frozen.
  if (typeof options === "object" && options !== null) return Object.isFrozen(exported) ? { options } : undefined;
  if (!Array.isArray(routes)) return undefined;
  if (typeof (router as Partial<HonoApp["router"]> | undefined)?.match === "function")
    return readHonoApp(exported as HonoApp);
  return typeof introspect === "function" ? readDaloyApp(exported as DaloyApp) : undefined;
}

function readApp(app: AppContents, routes: GateOptions["routes"]): GateCode {
  const { options = {}, environment } = app.gate?.settings ?? {};
  const decisions: GateOptions = { ...options, ...(routes && { routes }) };
  return {
    options: decisions,
    ...(environment && { environment }),
    table: createAppTable(app, decisions, app.gate !== undefined),
  };
}
