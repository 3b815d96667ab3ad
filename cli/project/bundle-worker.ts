import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The parts of the project's esbuild that are used here. */
interface Esbuild {
  build(
    options: object,
  ): Promise<{ readonly outputFiles: readonly { readonly path: string; readonly text: string }[] }>;
}

/** An ES module, and its source map, whose paths are relative to the folder of this process. */
export interface Bundle {
  readonly code: string;
  readonly map: string;
}

interface PluginBuild {
  onResolve(options: { filter: RegExp }, resolve: (found: { path: string }) => object): void;
  onLoad(options: { filter: RegExp; namespace: string }, load: (found: { path: string }) => object | undefined): void;
}

/** Modules of the platform. To load a worker, only their names are needed. */
const platformModule = `
  export class WorkerEntrypoint {} export class DurableObject {} export class WorkflowEntrypoint {} export class RpcTarget {}
  export const env = {}; export const exports = {}; export const waitUntil = () => {}; export const connect = () => {};`;

const platform = {
  name: "platform",
  setup(build: PluginBuild) {
    build.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: "platform" }));
    build.onLoad({ filter: /./, namespace: "platform" }, () => ({ contents: platformModule }));
  },
};

function addTo(main: string, added: string) {
  return {
    name: "added",
    setup(build: PluginBuild) {
      build.onLoad({ filter: /./, namespace: "file" }, ({ path }) => {
        if (path !== main) return undefined;
        const loader = /\.[cm]?(tsx?|jsx?)$/.exec(main)?.[1] ?? "ts";
        return { contents: `${readFileSync(main, "utf8")}${added}`, loader };
      });
    },
  };
}

/**
 * Bundles a worker for Node as Wrangler bundles it for the edge, with the esbuild of the project or of its Wrangler.
 *
 * @param main absolute path of the worker's entry file
 * @param added statement after its code
 * @returns `undefined` if there is no esbuild
 */
export async function bundleForNode(main: string, added: string): Promise<Bundle | undefined> {
  const esbuild = loadEsbuild(main);
  const result = await esbuild?.build({
    entryPoints: [main],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2024",
    conditions: ["workerd", "worker"],
    loader: { ".wasm": "binary", ".bin": "binary", ".txt": "text", ".html": "text", ".sql": "text" },
    plugins: [platform, ...(added === "" ? [] : [addTo(main, added)])],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(process.cwd() + "/");' },
    sourcemap: "external",
    sourcesContent: false,
    outfile: "worker.js",
    write: false,
    logLevel: "silent",
  });
  if (result === undefined) return undefined;
  const read = (isMap: boolean) => result.outputFiles.find((each) => each.path.endsWith(".map") === isMap)?.text ?? "";
  return { code: read(false), map: read(true) };
}

function loadEsbuild(main: string): Esbuild | undefined {
  const places = [() => main, () => createRequire(main).resolve("wrangler/package.json")];
  for (const place of places) {
    try {
      return createRequire(place())("esbuild");
    } catch {
      // Not found. The next location may have it.
    }
  }
  return undefined;
}
