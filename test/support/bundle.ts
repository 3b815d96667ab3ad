import { existsSync } from "node:fs";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import path from "node:path";
import { type BuildOptions, type BuildResult, build, type Plugin } from "esbuild";

export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  /** Source files, relative to the root of the project. */
  readonly inputs: readonly string[];
  /** Bytes of each source file in the bundle. Files without any bytes in it are absent. */
  readonly contributions: Readonly<Record<string, number>>;
  /** Modules that the runtime provides. */
  readonly externals: readonly string[];
}

const rootDirectory = path.resolve(import.meta.dirname, "../..");

const requireNamespace = "node-builtin-require";
const names = builtinModules.filter((name) => !name.startsWith("node:") && !name.startsWith("_"));
const pattern = new RegExp(`^(node:)?(${names.join("|")})$`);

/**
 * Leaves Node's own modules to the runtime, also if a package names one without `node:` or calls `require`, which a
 * module of workerd does not have.
 */
const nodeBuiltins: Plugin = {
  name: "node-builtins",
  setup(build) {
    build.onResolve({ filter: pattern }, ({ path, kind }) => {
      const name = path.startsWith("node:") ? path : `node:${path}`;
      return kind === "require-call" ? { path: name, namespace: requireNamespace } : { path: name, external: true };
    });
    build.onLoad({ filter: /.*/, namespace: requireNamespace }, ({ path }) => ({
      contents: `import builtin from "${path}"; module.exports = builtin;`,
    }));
  },
};

/** How a worker is bundled. */
export interface BundleOptions {
  readonly minify?: boolean;
  /** Modules that npm publishes, by their path in `dist`. They take the place of those of `src`. */
  readonly library?: ReadonlyMap<string, string> | undefined;
}

/**
 * Bundles a worker into one module for workerd, as Wrangler does: with the same conditions, and without the runtime's
 * own modules.
 *
 * @param entry path of the entry file, relative to the root of the project
 */
export async function bundleWorker(entry: string, { minify = false, library }: BundleOptions = {}): Promise<Bundle> {
  const plugins = library === undefined ? [nodeBuiltins] : [nodeBuiltins, publishedModules(library)];
  return readBundle(await build({ ...createBuildOptions(entry), minify, plugins }));
}

function publishedModules(library: ReadonlyMap<string, string>): Plugin {
  const source = path.join(rootDirectory, "src");
  const namespace = "published";
  return {
    name: "published-modules",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path: name, resolveDir }) => {
        const module = path.relative(source, path.resolve(resolveDir, name)).replace(/\.ts$/, ".js");
        return library.has(module) ? { path: module, namespace, sideEffects: false } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace }, ({ path: module }) => ({
        contents: library.get(module) ?? "",
        resolveDir: path.join(source, path.dirname(module)),
      }));
    },
  };
}

const codes = new Map<string, Promise<string>>();

/**
 * Bundles a worker once for a run of the tests, whose processes share the bundles. For callers that change none of its
 * files. At each start, Miniflare copies the code of all workers many times, so the code has no white space.
 *
 * @param entry path of the entry file, relative to the root of the project
 * @returns the code
 */
export function bundleWorkerOnce(entry: string): Promise<string> {
  const code = codes.get(entry) ?? takeBundle(entry);
  codes.set(entry, code);
  return code;
}

/** Folder for the bundles of one run. vitest.config.ts creates it. */
const folder = process.env.TEST_BUNDLES;

async function takeBundle(entry: string): Promise<string> {
  const file = folder && path.join(folder, `${entry.replaceAll("/", "+")}.json`);
  if (file && existsSync(file)) {
    const { code, inputs } = JSON.parse(await readFile(file, "utf8")) as Bundle;
    const { mtimeMs } = await stat(file);
    // In watch mode, a source file may have changed since.
    const files = inputs.filter((input) => !input.startsWith(requireNamespace));
    const changes = await Promise.all(files.map((input) => stat(path.join(rootDirectory, input))));
    if (changes.every((change) => change.mtimeMs < mtimeMs)) return code;
  }
  const bundle = readBundle(await build({ ...createBuildOptions(entry), minifyWhitespace: true }));
  if (file) {
    const own = `${file}.${process.pid}`;
    await writeFile(own, JSON.stringify(bundle));
    // Another process never reads half of it.
    await rename(own, file);
  }
  return bundle.code;
}

function createBuildOptions(entry: string) {
  return {
    absWorkingDir: rootDirectory,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    plugins: [nodeBuiltins],
    write: false,
    metafile: true,
    logLevel: "error",
  } satisfies BuildOptions;
}

function readBundle(result: BuildResult): Bundle {
  const [file] = result.outputFiles ?? [];
  if (!file || !result.metafile) throw new TypeError("esbuild gave no output");
  const [output] = Object.values(result.metafile.outputs);
  const contributions = Object.entries(output?.inputs ?? {}).map(([input, { bytesInOutput }]) => [
    input,
    bytesInOutput,
  ]);
  return {
    code: file.text,
    bytes: file.contents.byteLength,
    inputs: Object.keys(result.metafile.inputs),
    contributions: Object.fromEntries(contributions.filter(([, bytes]) => bytes !== 0)),
    externals: (output?.imports ?? []).filter(({ external }) => external).map(({ path }) => path),
  };
}
