import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build, type OutputOptions, type RolldownOutput } from "rolldown";

const root = path.resolve(import.meta.dirname, "../..");
const source = path.join(root, "src");
const localEntra = path.join(root, "entra");
const { version, repository } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly version: string;
  readonly repository: { readonly url: string };
};
/** Where the repository serves the files of a version. */
const sources = `${repository.url.replace(/^git\+|\.git$/g, "")}/raw/v${version}`;

/**
 * Builds the modules of `src` and `entra` that npm publishes, with source maps for those of `src`.
 *
 * @returns the files of all modules
 */
export async function buildLibrary(output: string): Promise<readonly string[]> {
  const built = await build([
    // `routes` and `worker` belong to the template, and `tools/` is part of the command line.
    createOptions(source, output, {
      omitted: /^(?:routes|worker)\.ts$|^tools\//,
      external: /^[^./]/,
      sourcemap: true,
      preserveModules: true,
      preserveModulesRoot: source,
    }),
    // Tests of consumers run the local Entra in their own process. The command line serves it. No worker that is
    // deployed contains it, so its stack traces can name the modules of the package. It contains the parts of Hono that
    // it uses, because a project without Hono lacks them.
    createOptions(localEntra, path.join(output, "entra"), {
      omitted: /^server\//,
      external: /^(?!hono(?:\/|$))[^./]/,
      sourcemap: false,
      chunkFileNames: "shared/[name].js",
    }),
  ]);
  return built.flatMap(listModules);
}

/** @returns the files of the modules in a bundle */
export function listModules({ output }: RolldownOutput): readonly string[] {
  return output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
}

/** Builds the library for bundles of this process. @returns the code of each module, by its path in `dist` */
export async function readLibrary(): Promise<ReadonlyMap<string, string>> {
  const cache = path.join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  // The modules find their packages from there.
  const folder = mkdtempSync(path.join(cache, "library-"));
  try {
    await buildLibrary(folder);
    const modules = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
    return new Map(modules.map((module) => [module, readFileSync(path.join(folder, module), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Builds one module for each module of a folder, so that a consumer's bundler omits what the consumer does not import.
 */
function createOptions(
  folder: string,
  dir: string,
  { omitted, external, ...own }: { readonly omitted: RegExp; readonly external: RegExp } & OutputOptions,
): BuildOptions {
  const modules = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !omitted.test(name))
    .map((name) => name.replace(/\.ts$/, ""));
  return {
    // Every module is an entry, because the command line imports names that no entry of the library needs.
    input: Object.fromEntries(modules.map((name) => [name, path.join(folder, `${name}.ts`)])),
    external,
    platform: "neutral",
    output: {
      dir,
      entryFileNames: "[name].js",
      ...own,
      // The sources would more than double the package. A debugger finds them at their URL.
      sourcemapExcludeSources: true,
      sourcemapPathTransform: (file, map) => `${sources}/${path.relative(root, path.resolve(path.dirname(map), file))}`,
      comments: { annotation: true, jsdoc: false, legal: true },
    },
  };
}
