import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A source file, as the rules use it. */
export interface Source {
  /** Path from the root of the project, with slashes: `src/core/keys/cached-keys.ts`. */
  readonly file: string;
  /**
   * Imports, including those of types and augmentations: files as above, packages and the runtime's modules by name.
   */
  readonly imports: readonly string[];
}

/**
 * Folders of `src` from the lowest to the highest. A file imports only from its own folder and from those before it.
 */
export const sourceFolders = [
  "src/base/common",
  "src/base/http",
  "src/core/config",
  "src/core/authority",
  "src/core/keys",
  "src/core/token",
  "src/core/policy",
  "src/core/guard",
  "src/forwarding",
  "src/app/errors",
  "src/app/types",
  "src/app/pipeline",
  "src/app/request",
  "src/app/routing",
  "src/app/build",
  "src/app/hooks",
  "src/app",
  "src/extensions/sealing",
  "src/extensions/issuer",
  "src/extensions/revocations",
  "src/extensions/authorities",
  "src/extensions/downstream",
  "src/extensions/groups",
  "src/extensions/trace",
  "src/extensions/mcp/discovery",
  "src/extensions/mcp/facade",
  "src/extensions/mcp/sign-in",
  "src/extensions/mcp/addresses",
  "src/extensions/mcp/messages",
  "src/extensions/mcp",
  "src/extensions/openapi",
  "src/origin",
  "src/adapters",
  "src/cli-exports",
  "src",
] as const;
/** Folders of the local Entra, in the same order. */
const entraFolders = [
  "entra/common",
  "entra/directory",
  "entra/keys",
  "entra/tokens",
  "entra/clients",
  "entra/grants",
  "entra/endpoints",
  "entra",
  "entra/server",
];
/** Folders of the command line. It imports itself, the local Entra and `src/cli-exports`. */
const commandFolders = [
  "cli/common",
  "cli/project",
  "cli/docs",
  "cli/compile",
  "cli/decisions",
  "cli/explain/facts",
  "cli/explain/reasons",
  "cli/explain/causes",
  "cli/explain",
  "cli/diff",
  "cli/test",
  "cli/openapi",
  "cli/revoke",
  "cli/doctor/claims",
  "cli/doctor",
  "cli/deploy",
  "cli/secrets",
  "cli/init/edit",
  "cli/init",
  "cli/smoke",
  "cli/token",
  "cli/entra",
  "cli/keygen",
  "cli/dev/origin",
  "cli/dev/playground",
  "cli/dev/mcp",
  "cli/dev/downstream",
  "cli/dev",
  "cli",
];
const folders: readonly string[] = [...sourceFolders, ...entraFolders, ...commandFolders];
/**
 * Code that is not installed by users. A file imports only from its own area, from those before it, and from the
 * folders above.
 */
export const areas = ["test/support", "tools", "lab"];
/** Files in the root of `src`, from the lowest to the highest: each imports only those before it. */
const roots = ["gate", "entra-plugin", "index", "routes", "worker"].map((name) => `src/${name}.ts`);
const packages = ["hono", "jose", "@standard-schema"];

const statements = [
  /^(?:import|export)\s[^;"]*?\sfrom\s+"([^"]+)"/gm,
  /^import\s+"([^"]+)"/gm,
  /^declare module\s+"(\.[^"]+)"/gm,
  /\b(?:import|require)\(\s*["'`]([^"'`]+)/g,
];

/** Reads every source file below a folder. */
export function readSources(root: string, folder = "src"): readonly Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.m?ts$|\.mjs$/.test(name))
    .map((name) => `${folder}/${name.replaceAll(path.sep, "/")}`)
    .map((file) => readSource(file, readFileSync(path.join(root, file), "utf8")));
}

/** Reads the imports of a file from its text. */
export function readSource(file: string, text: string): Source {
  const specifiers = statements.flatMap((statement) => [...text.matchAll(statement)].map(([, name = ""]) => name));
  const resolve = (name: string) => (name.startsWith(".") ? path.posix.join(path.posix.dirname(file), name) : name);
  return { file, imports: [...new Set(specifiers.map(resolve))] };
}

/** Imports of a higher folder or area, and of a package or a module of Node that a folder may not use. */
export function findForbiddenImports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.filter((imported) => !mayImport(file, imported)).map((imported) => `${file} imports ${imported}`),
  );
}

function mayImport(file: string, imported: string): boolean {
  if (!/\.m?ts$|\.mjs$/.test(imported)) return partOf(file) !== "src" || isPackageAllowed(file, imported);
  if (roots.includes(imported) && roots.includes(file)) return roots.indexOf(imported) < roots.indexOf(file);
  const [own, other] = [rankOf(file), rankOf(imported)];
  if (other === undefined || own === undefined || other > own) return false;
  return isPartAllowed(file, imported) && isThroughSeam(file, imported);
}

/** The one file of the app that its parts import. */
const seam = "src/app/part.ts";
const isOfPart = (file: string) => /^src\/extensions\/(?:mcp\/|openapi\/(?:openapi|docs)\.ts$)/.test(file);

function isThroughSeam(file: string, imported: string): boolean {
  return !isOfPart(file) || !imported.startsWith("src/app/") || imported === seam;
}

/** All that the command line and the local Entra use of `src`. The package does not export it. */
export const exportsFolder = "src/cli-exports";
/** What the local Entra uses of it: it bounds what parsers get, and decides nothing about tokens. */
const textFile = `${exportsFolder}/text.ts`;
/** Gates as users write them, and the entries of the package that they import. */
const sampleGate = /^cli\/dev\/\w+\/worker\.ts$/;
const sampledEntries = ["index", "routes", "worker", "extensions/downstream/downstream", "extensions/mcp/mcp"].map(
  (name) => `src/${name}.ts`,
);

/** `src` imports only itself, and so does the local Entra, so that it cannot repeat a fault of the gate. */
function isPartAllowed(file: string, imported: string): boolean {
  const part = partOf(file);
  const isCommandExport = path.posix.dirname(imported) === exportsFolder;
  if (part === "src") return partOf(imported) === part && !isCommandExport;
  if (part === "entra" && !file.startsWith("entra/server/")) return partOf(imported) === part || imported === textFile;
  const isInstalled = part === "entra" || part === "cli";
  return (
    !isInstalled ||
    partOf(imported) !== "src" ||
    isCommandExport ||
    (sampleGate.test(file) && sampledEntries.includes(imported))
  );
}

function partOf(file: string): string {
  return file.split("/")[0] ?? "";
}

/** Code in `src` runs at the edge, without modules of Node. Only tokens for other APIs need MSAL, which needs one. */
function isPackageAllowed(file: string, imported: string): boolean {
  const isDownstream = file.startsWith("src/extensions/downstream/");
  if (imported === "node:crypto" || imported === "@azure/msal-node") return isDownstream;
  return packages.includes(imported.split("/")[0] ?? "");
}

/** Rank of the folder of a file. All folders below an area have the rank of the area. */
function rankOf(file: string): number | undefined {
  const folder = folders.indexOf(path.posix.dirname(file));
  if (folder !== -1) return folder;
  const area = areas.findIndex((name) => file.startsWith(`${name}/`));
  return area === -1 ? undefined : folders.length + area;
}

/** Files in a folder that the rules do not cover, and files in the root of `src` that are not entry points. */
export function findUnknownPlaces(sources: readonly Source[]): readonly string[] {
  return sources
    .map(({ file }) => file)
    .filter((file) => rankOf(file) === undefined || (path.posix.dirname(file) === "src" && !roots.includes(file)));
}

/** Every cycle from a file to itself, as `a -> b -> a`. */
export function findCycles(sources: readonly Source[]): readonly string[] {
  const importsOf = new Map(sources.map(({ file, imports }) => [file, imports]));
  const cycles = new Set<string>();
  const finished = new Set<string>();

  function visit(file: string, trail: readonly string[]): void {
    const start = trail.indexOf(file);
    if (start !== -1) cycles.add([...trail.slice(start), file].join(" -> "));
    if (start !== -1 || finished.has(file)) return;
    for (const imported of importsOf.get(file) ?? []) visit(imported, [...trail, file]);
    finished.add(file);
  }

  for (const { file } of sources) visit(file, []);
  return [...cycles];
}
