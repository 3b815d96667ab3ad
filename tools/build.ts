// Builds what npm publishes: ES modules and declarations of `src` and `entra`, and the bill of materials, in `dist`.
// The command line in the repository and most tests do not need it.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync } from "node:zlib";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { type Loader, transformSync } from "esbuild";
import { type BuildOptions, build, type Plugin } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { collectPages, packedPages } from "../cli/docs/pages.ts";
import { writeBill } from "./package/bill.ts";
import { buildLibrary, listModules } from "./package/library.ts";
import { listPackages, renderLicenses } from "./package/licenses.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string } | string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const root = path.resolve(import.meta.dirname, "..");
const source = path.join(root, "src");
const localEntra = path.join(root, "entra");
const output = path.join(root, "dist");
/**
 * Declarations as TypeScript emits them: one file for each module, with everything that modules export to each other.
 */
const emitted = path.join(root, "node_modules/.cache/declarations");
const readJson = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
const { exports, dependencies, peerDependencies } = readJson("package.json") as Manifest;
/**
 * What a consumer installs. The bundle of the command line contains the other packages that it imports, and Hono, which
 * a project without Hono lacks.
 */
const installed = new RegExp(
  `^(?:${[...Object.keys(dependencies), ...Object.keys(peerDependencies), "wrangler"].filter((name) => name !== "hono").join("|")})(?:/|$)`,
);

/** Entries of the library in `dist`, without an extension: `adapters/hono`. */
const entries = Object.values(exports)
  .filter((target) => typeof target === "object")
  .map((target) => target.default.replace(/^\.\/dist\/|\.js$/g, ""));

/**
 * Builds the command line. It shares the library's modules with the consumer's worker, because it reads the gate that
 * this worker made.
 */
const command: BuildOptions = {
  input: path.join(root, "cli/main.ts"),
  external: (id) => isOfLibrary(id) || id.startsWith("node:") || installed.test(id),
  platform: "node",
  // The CommonJS form of jsonc-parser requires its files by names that a bundler does not see.
  resolve: { mainFields: ["module", "main"] },
  output: {
    dir: path.join(output, "cli"),
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    paths: (id) => (isOfLibrary(id) ? `../${placeOf(id)}` : id),
    minify: true,
    // The licenses of all packages are in one file.
    comments: false,
  },
};

function isOfLibrary(id: string): boolean {
  const isOfCommand = [`${localEntra}/server/`, `${source}/tools/`].some((folder) => id.startsWith(folder));
  return !isOfCommand && (id.startsWith(`${source}/`) || id.startsWith(`${localEntra}/`));
}

/** @returns the path of a module in `dist` */
function placeOf(id: string): string {
  return path.relative(id.startsWith(`${source}/`) ? source : root, id).replace(/\.ts$/, ".js");
}

/** A module whose types others augment has the package's name there, because its own module is bundled. */
const augmentByName: Plugin = {
  name: "augment-by-name",
  transform: (code) => code.replace('declare module "../../core/guard/app-state.ts"', 'declare module "entra-gate"'),
};

/** Builds the public declarations: a file for each entry, and chunks that entries share. */
const declarations: BuildOptions = {
  input: Object.fromEntries(entries.map((entry) => [entry, declarationOf(entry)])),
  external: /^[^./]/,
  plugins: [augmentByName, dts({ dtsInput: true, tsconfig: false, generator: "oxc" })],
  output: { dir: output, chunkFileNames: "types/[name].d.ts" },
};

function declarationOf(entry: string): string {
  return path.join(emitted, entry.startsWith("entra/") ? "" : "src", `${entry}.d.ts`);
}

/** Writes a file of the playground beside the command line, which serves it. */
function writePlaygroundFile(name: string, loader: Loader, target: string): void {
  const text = readFileSync(path.join(root, "cli/dev/playground", name), "utf8");
  writeFileSync(path.join(output, "cli", target), transformSync(text, { loader, target: "es2024", minify: true }).code);
}

/**
 * Keeps one position for each line with a word, without a name. Columns and the lines of brackets would take a tenth of
 * the package.
 */
function mapByLine(file: string): void {
  const { sources, mappings } = JSON.parse(readFileSync(file, "utf8"));
  const lines = readFileSync(file.replace(/\.map$/, ""), "utf8").split("\n");
  const positions = decode(mappings).map((segments, line) =>
    /\w/.test(lines[line] ?? "") ? segments.slice(0, 1).map((each) => each.slice(0, 4) as typeof each) : [],
  );
  writeFileSync(file, JSON.stringify({ version: 3, names: [], sources, mappings: encode(positions) }));
}

rmSync(output, { recursive: true, force: true });
rmSync(emitted, { recursive: true, force: true });
execFileSync("npm", ["run", "--silent", "types"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
execFileSync("tsc", ["-p", "tools/config/tsconfig.build.json"], { cwd: root, stdio: "inherit" });
const [libraryModules] = await Promise.all([buildLibrary(output), build(declarations)]);
const bundled = listPackages([...libraryModules, ...listModules(await build(command))]);
writeFileSync(path.join(output, "cli/LICENSES.txt"), renderLicenses(bundled));
const places = bundled.map((folder) => path.relative(root, folder).replaceAll(path.sep, "/"));
writeFileSync(
  path.join(output, "bom.cdx.json"),
  writeBill(readJson("package.json"), readJson("package-lock.json"), places),
);
writePlaygroundFile("script.ts", "ts", "playground.js");
writePlaygroundFile("style.css", "css", "style.css");
writeFileSync(path.join(root, packedPages), brotliCompressSync(JSON.stringify(collectPages(root))));
// Editors check the configuration of a local Entra with it.
const schema = readFileSync(path.join(localEntra, "directory/directory-schema.json"), "utf8");
writeFileSync(path.join(output, "local-entra.schema.json"), JSON.stringify(JSON.parse(schema)));
for (const name of readdirSync(output, { recursive: true, encoding: "utf8" })) {
  if (name.endsWith(".js.map")) mapByLine(path.join(output, name));
}
