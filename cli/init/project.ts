import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../common/usage-error.ts";
import { parseCommentedJson } from "../project/commented-json.ts";
import { denoFiles } from "../project/program.ts";
import { mentions, parseScript, type Script } from "../project/script.ts";
import { findWorkerSource, hasDefaultExport, type WorkerSource } from "../project/worker-source.ts";
import { findWranglerFile, parseFile } from "../project/wrangler-config.ts";
import { readText } from "./changes.ts";
import { findHonoSource, type HonoSource } from "./edit/hono-source.ts";
import { listParents, type Manifest, readManifest, readOwnManifest } from "./packages.ts";

export type Runtime = "workers" | "deno" | "node";

/** What init recognized in a folder. Files are relative to the folder. */
export type Shape =
  | { readonly kind: "empty" }
  /** It uses this package already. */
  | { readonly kind: "protected"; readonly entry: string }
  | { readonly kind: "hono"; readonly entry: string; readonly app: HonoModule }
  | { readonly kind: "worker"; readonly entry: string; readonly source: WorkerSource }
  /** Any worker, in front of which a gate of its own is put. */
  | { readonly kind: "bound"; readonly entry: string };

/** The module that creates a Hono app. */
export interface HonoModule {
  readonly file: string;
  readonly script: Script;
  readonly source: HonoSource;
  /** Whether the entry module has a default export. */
  readonly isServedByDefault: boolean;
}

/** A folder, and what is in it. */
export interface Project {
  readonly directory: string;
  readonly runtime: Runtime;
  readonly shape: Shape;
  /** Manifest of the folder itself, if it has one. */
  readonly manifest: Manifest | undefined;
  readonly wrangler?: WranglerFile;
  /** `deno.json` or `deno.jsonc`. */
  readonly denoFile?: string;
}

/** Wrangler's configuration, as it is written. */
export interface WranglerFile {
  readonly file: string;
  readonly text: string;
  readonly table: Readonly<Record<string, unknown>>;
}

const lookedFor =
  "init looked for an empty folder; for wrangler.json, wrangler.jsonc or wrangler.toml whose main creates a Hono app (new Hono()) or has export default { fetch }; and for deno.json or package.json beside a file that creates a Hono app. Nothing was changed.";
const bindHint = "To put a gate in front of any other worker, without a change to its code, add --bind.";

/**
 * Finds out what is in a folder.
 *
 * @param isBound whether the user asked for a gate in front of the worker
 * @throws UsageError if init does not know it, or if it is the repository of this package
 */
export function examineProject(directory: string, isBound: boolean): Project {
  const own = readOwnManifest().name;
  const clone = listParents(directory).find((folder) => readManifest(folder)?.name === own);
  if (clone !== undefined) {
    throw new UsageError(`${clone} is the repository of ${own} itself: run init in a folder of your own`);
  }
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const manifest = readManifest(directory);
  const found = { directory, manifest };
  const wranglerFile = findWranglerFile(directory);
  if (existsSync(wranglerFile))
    return { ...found, runtime: "workers", ...examineWorkers(directory, wranglerFile, isBound) };
  if (isBound) throw new UsageError(`--bind: ${directory} has no configuration of Wrangler. ${lookedFor}`);
  const denoFile = denoFiles.find((name) => names.includes(name));
  if (denoFile !== undefined) {
    const text = readText(path.join(directory, denoFile)) ?? "";
    const entries = listEntries(directory, readDenoFile(text, denoFile).tasks ?? {});
    return { ...found, runtime: "deno", denoFile, shape: examineServer(directory, entries) };
  }
  if (isEmpty(names, manifest)) return { ...found, runtime: "workers", shape: { kind: "empty" } };
  if (manifest === undefined) throw new UsageError(`${directory} is no project that init knows. ${lookedFor}`);
  return { ...found, runtime: "node", shape: examineServer(directory, listEntries(directory, manifest.scripts ?? {})) };
}

const ignorable = [
  ".git",
  ".gitignore",
  ".DS_Store",
  "AGENTS.md",
  "node_modules",
  "package.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
];

/** Whether a folder has at most what `git init` and an installation of this package leave there. */
function isEmpty(names: readonly string[], manifest: Manifest | undefined): boolean {
  const { dependencies = {}, devDependencies = {} } = manifest ?? {};
  const others = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !["entra-gate", "hono"].includes(name),
  );
  const isOther = (name: string) => !ignorable.includes(name) && !/^(?:entra-gate-.*\.tgz|LICENSE.*)$/.test(name);
  return others.length === 0 && manifest?.workspaces === undefined && !names.some(isOther);
}

function examineWorkers(directory: string, file: string, isBound: boolean): Pick<Project, "shape" | "wrangler"> {
  const table = parseFile(file);
  const wrangler = { file: path.basename(file), text: readText(file) ?? "", table };
  const { main } = table;
  if (typeof main !== "string") {
    throw new UsageError(`${wrangler.file} names no worker: it has no main. ${lookedFor}`);
  }
  const entry = path.normalize(main);
  if (isBound) return { wrangler, shape: { kind: "bound", entry } };
  const text = readText(path.join(directory, entry));
  if (text === undefined) throw new UsageError(`${wrangler.file}: main is ${main}, which does not exist. ${lookedFor}`);
  const script = parseScript(text);
  if (script === undefined) {
    throw new UsageError(
      `${entry} cannot be read as JavaScript or TypeScript without JSX, enum and namespace. ${lookedFor} ${bindHint}`,
    );
  }
  if (usesGate(script)) return { wrangler, shape: { kind: "protected", entry } };
  const app = findHono(directory, entry, script);
  if (app !== undefined) {
    return { wrangler, shape: usesGate(app.script) ? { kind: "protected", entry } : { kind: "hono", entry, app } };
  }
  const source = findWorkerSource(script);
  if (source === undefined) {
    throw new UsageError(
      `${entry} neither creates a Hono app nor has export default { fetch }. ${lookedFor} ${bindHint}`,
    );
  }
  return { wrangler, shape: { kind: "worker", entry, source } };
}

/** A server of Deno or Node must be a Hono app. */
function examineServer(directory: string, entries: readonly string[]): Shape {
  for (const entry of entries) {
    const script = parseScript(readText(path.join(directory, entry)) ?? "");
    if (script === undefined) continue;
    const app = findHono(directory, entry, script);
    if (usesGate(script) || (app !== undefined && usesGate(app.script))) return { kind: "protected", entry };
    if (app !== undefined) return { kind: "hono", entry, app };
  }
  const isWorkspace =
    readManifest(directory)?.workspaces !== undefined || existsSync(path.join(directory, "pnpm-workspace.yaml"));
  if (isWorkspace)
    throw new UsageError(`${directory} is a workspace: run init in the folder of one of its packages. ${lookedFor}`);
  const tried = entries.length > 0 ? `none of ${entries.join(", ")} creates a Hono app` : "it has no entry file";
  throw new UsageError(`${directory} is no project that init knows: ${tried}. ${lookedFor}`);
}

const usualEntries = ["src/index", "src/server", "src/main", "index", "server", "main"].flatMap((name) => [
  `${name}.ts`,
  `${name}.js`,
]);

/** Lists the files that scripts start, and those with usual names. */
function listEntries(directory: string, scripts: Readonly<Record<string, unknown>>): readonly string[] {
  const started = ["start", "dev", "serve"].flatMap((name) => {
    const { [name]: script } = scripts;
    const command = typeof script === "object" ? (script as { command?: unknown } | null)?.command : script;
    return String(command ?? "")
      .split(/["'\s]/)
      .filter((word) => /\.m?[jt]s$/.test(word));
  });
  const files = [...new Set([...started, ...usualEntries].map((name) => path.normalize(name)))];
  return files.filter((file) => existsSync(path.join(directory, file)) && !file.startsWith(".."));
}

/** The parts of `deno.json` that are used here. */
export interface DenoFile {
  readonly tasks?: Readonly<Record<string, unknown>>;
  readonly imports?: Readonly<Record<string, unknown>>;
  readonly nodeModulesDir?: unknown;
}

/** Reads `deno.json`. @throws UsageError if it is not valid */
export function readDenoFile(text: string, file: string): DenoFile {
  return parseCommentedJson(text, file);
}

function usesGate({ program }: Script): boolean {
  return listImports(program).some(({ source }) => /^(?:npm:|jsr:@)?entra-gate(?:[/@]|$)/.test(source));
}

function listImports(program: Script["program"]) {
  return program.body.flatMap((statement) =>
    statement.type === "ImportDeclaration"
      ? [{ source: String(statement.source.value), names: statement.specifiers.map(({ local }) => local.name) }]
      : [],
  );
}

/** Finds the app that an entry module creates, or imports and serves. */
function findHono(directory: string, entry: string, script: Script): HonoModule | undefined {
  const isServedByDefault = hasDefaultExport(script);
  const own = findHonoSource(script);
  if (own !== undefined) return { file: entry, script, source: own, isServedByDefault };
  const statements = script.program.body.filter(({ type }) => type !== "ImportDeclaration");
  for (const { source, names } of listImports(script.program)) {
    if (!source.startsWith(".") || !names.some((name) => statements.some((each) => mentions(each, name)))) continue;
    const file = resolveModule(directory, path.join(path.dirname(entry), source));
    const imported = file === undefined ? undefined : parseScript(readText(path.join(directory, file)) ?? "");
    const found = imported && findHonoSource(imported);
    if (file !== undefined && imported && found) return { file, script: imported, source: found, isServedByDefault };
  }
  return undefined;
}

function resolveModule(directory: string, name: string): string | undefined {
  const bare = name.replace(/\.js$/, "");
  const candidates = [name, `${bare}.ts`, `${name}.ts`, `${name}.js`, `${name}/index.ts`, `${name}/index.js`];
  return candidates.find((each) => /\.[cm]?[jt]s$/.test(each) && existsSync(path.join(directory, each)));
}
