import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A source file, as the rules use it. */
export interface Source {
  /** Path from the root of the project, with slashes: `src/keys/entry.ts`. */
  readonly file: string;
  /** Imports, including those of types: files as above, packages and the runtime's modules by name. */
  readonly imports: readonly string[];
}

/** Folders of `src` from the lowest to the highest: each imports only those before it. */
export const folders = [
  "http",
  "config",
  "authority",
  "keys",
  "token",
  "policy",
  "guard",
  "origin",
  "downstream",
  "app",
  "mcp",
  "adapters",
  "cli",
  "testing",
];
/** The test kit imports only itself, and nothing else of `src` imports it, so no worker contains it. */
const testKit = "src/testing/";
/** Files of `src` that everything may import, and that import only each other. */
const leaves = ["result", "denial", "refusal", "limits", "cause", "names", "io"].map((name) => `src/${name}.ts`);
/** Files of `src` that may import every folder, and each other in this order. */
const roots = ["gate", "entra-plugin", "index", "routes", "worker"].map((name) => `src/${name}.ts`);
/** Code outside the package, from the lowest to the highest: each imports only from itself and from those before it. */
export const areas = ["src", "dev", "test/support", "bench", "scripts"];
const packages = ["hono", "jose", "@standard-schema"];
/** Packages of the command line, which runs only in Node. */
const commandPackages = ["@rgrove/parse-xml", "commander", "smol-toml", "strip-json-comments"];

const statements = [
  /^(?:import|export)\s[^;"]*?\sfrom\s+"([^"]+)"/gm,
  /^import\s+"([^"]+)"/gm,
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

/** Imports of a higher folder, or of a forbidden place outside `src`. */
export function findForbiddenImports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.filter((imported) => !mayImport(file, imported)).map((imported) => `${file} imports ${imported}`),
  );
}

/** Imports from a higher area, or from a place outside all areas. */
export function findUpwardImports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ file, imports }) =>
    imports
      .filter((imported) => /\.m?ts$|\.mjs$/.test(imported) && !isAreaAtOrBelow(imported, file))
      .map((imported) => `${file} imports ${imported}`),
  );
}

function isAreaAtOrBelow(imported: string, file: string): boolean {
  const rank = areaOf(imported);
  return rank !== -1 && rank <= areaOf(file);
}

function areaOf(file: string): number {
  return areas.findIndex((area) => file.startsWith(`${area}/`));
}

function mayImport(file: string, imported: string): boolean {
  if (!imported.endsWith(".ts")) return isPackageAllowed(file, imported);
  if (!imported.startsWith("src/")) return false;
  if (file.startsWith(testKit) || imported.startsWith(testKit))
    return file.startsWith(testKit) && imported.startsWith(testKit);
  if (leaves.includes(imported)) return true;
  if (leaves.includes(file)) return false;
  if (roots.includes(file)) return !isHigherRoot(file, imported);
  return rankOf(imported) <= rankOf(file);
}

/** Only the command line imports modules of Node, because other code runs at the edge. Only tokens for other APIs need MSAL. */
function isPackageAllowed(file: string, imported: string): boolean {
  const isCommand = file.startsWith("src/cli/");
  // MSAL needs modules of Node too.
  if (imported === "node:crypto" && file.startsWith("src/downstream/")) return true;
  if (imported.startsWith("node:")) return isCommand;
  if (isCommand && commandPackages.includes(imported)) return true;
  if (imported === "@azure/msal-node") return file.startsWith("src/downstream/");
  return packages.includes(imported.split("/")[0] ?? "");
}

/** `routes.ts`, which users edit, may import the public index; all others only the files before them. */
function isHigherRoot(file: string, imported: string): boolean {
  return roots.includes(imported) && roots.indexOf(imported) >= roots.indexOf(file);
}

/** Rank of a file's folder; a file in no folder is above all. */
function rankOf(file: string): number {
  const rank = folders.indexOf(file.split("/")[1] ?? "");
  return rank === -1 ? Number.POSITIVE_INFINITY : rank;
}

/** Folders and files that the rules do not cover. */
export function findUnknownPlaces(sources: readonly Source[]): readonly string[] {
  return sources
    .map(({ file }) => file)
    .filter((file) => rankOf(file) === Number.POSITIVE_INFINITY && !leaves.includes(file) && !roots.includes(file));
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
