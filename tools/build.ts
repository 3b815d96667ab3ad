// Builds what npm publishes: ES modules and declarations of `src`, in `dist`. `npm run dev` and the tests do not need
// it.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { type BuildOptions, build, type Plugin } from "rolldown";
import { dts } from "rolldown-plugin-dts";

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string } | string>>;
  readonly version: string;
  readonly repository: { readonly url: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const root = path.resolve(import.meta.dirname, "..");
const source = path.join(root, "src");
const output = path.join(root, "dist");
/**
 * Declarations as TypeScript emits them: one file for each module, with everything that modules export to each other.
 */
const emitted = path.join(root, "node_modules/.cache/declarations");
const { exports, version, repository, dependencies, peerDependencies } = JSON.parse(
  readFileSync(path.join(root, "package.json"), "utf8"),
) as Manifest;
/** Where the repository serves the files of a version. */
const sources = `${repository.url.replace(/^git\+|\.git$/g, "")}/raw/v${version}`;
/** What a consumer installs. The bundle of the command line contains the other packages that it imports. */
const installed = new RegExp(
  `^(?:${[...Object.keys(dependencies), ...Object.keys(peerDependencies), "wrangler"].join("|")})(?:/|$)`,
);

/** Entries of the library below `src`, without an extension: `adapters/hono`. */
const entries = Object.values(exports)
  .filter((target) => typeof target === "object")
  .map((target) => target.default.replace(/^\.\/dist\/|\.js$/g, ""));

/** Modules of the library, in the same form. `routes` and `worker` belong to the template. */
const modules = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /^(?!cli\/|(?:routes|worker)\.ts$).*\.ts$/.test(name))
  .map((name) => name.replace(/\.ts$/, ""));

/** Builds one module for each module of `src`, so that a consumer's bundler omits what the consumer does not import. */
const library: BuildOptions = {
  // Every module is an entry, because the command line imports names that no entry of the library needs.
  input: Object.fromEntries(modules.map((name) => [name, path.join(source, `${name}.ts`)])),
  external: /^[^./]/,
  platform: "neutral",
  output: {
    dir: output,
    entryFileNames: "[name].js",
    preserveModules: true,
    preserveModulesRoot: source,
    sourcemap: true,
    // The sources would more than double the package. A debugger finds them at their URL.
    sourcemapExcludeSources: true,
    sourcemapPathTransform: (file, map) => `${sources}/${path.relative(root, path.resolve(path.dirname(map), file))}`,
    comments: { annotation: true, jsdoc: false, legal: true },
  },
};

/**
 * Builds the command line. It shares the library's modules with the consumer's worker, because it reads the gate that
 * this worker made.
 */
const command: BuildOptions = {
  input: path.join(source, "cli/main.ts"),
  external: (id) => isOfLibrary(id) || id.startsWith("node:") || installed.test(id),
  platform: "node",
  output: {
    dir: path.join(output, "cli"),
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    paths: (id) => (isOfLibrary(id) ? `../${path.relative(source, id).replace(/\.ts$/, ".js")}` : id),
    minify: true,
  },
};

function isOfLibrary(id: string): boolean {
  return id.startsWith(`${source}/`) && !id.startsWith(`${source}/cli/`);
}

/** A module whose types others augment has the package's name there, because its own module is bundled. */
const augmentByName: Plugin = {
  name: "augment-by-name",
  transform: (code) => code.replace('declare module "../app/contract/types.ts"', 'declare module "entra-gate"'),
};

/** Builds the public declarations: a file for each entry, and chunks that entries share. */
const declarations: BuildOptions = {
  input: Object.fromEntries(entries.map((entry) => [entry, path.join(emitted, `${entry}.d.ts`)])),
  external: /^[^./]/,
  plugins: [augmentByName, dts({ dtsInput: true, tsconfig: false, generator: "oxc" })],
  output: { dir: output, chunkFileNames: "types/[name].d.ts" },
};

/** Keeps one position for each line. Columns would take a fifth of the package. */
function mapByLine(file: string): void {
  const map = JSON.parse(readFileSync(file, "utf8"));
  const mappings = encode(decode(map.mappings).map((segments) => segments.slice(0, 1)));
  writeFileSync(file, JSON.stringify({ ...map, mappings }));
}

rmSync(output, { recursive: true, force: true });
rmSync(emitted, { recursive: true, force: true });
execFileSync("npm", ["run", "--silent", "types"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
execFileSync("tsc", ["-p", "config/tsconfig.build.json"], { cwd: root, stdio: "inherit" });
await build([library, command, declarations]);
for (const name of readdirSync(output, { recursive: true, encoding: "utf8" })) {
  if (name.endsWith(".js.map")) mapByLine(path.join(output, name));
}
