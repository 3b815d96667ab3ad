import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWorker } from "../../test/support/bundle.ts";

/** A worker whose bundle is measured. */
interface MeasuredBundle {
  /** Entry file, relative to the root of the project. */
  readonly entry: string;
  /** Hard limit of the compressed bundle. An isolate needs 0.1 to 0.2 ms for each KiB before its first request. */
  readonly maximumKiB: number;
}

/** Every measured bundle by its name. */
export const bundles: Readonly<Record<string, MeasuredBundle>> = {
  "gate alone": { entry: "test/gates/alone.ts", maximumKiB: 40 },
  "gate with an App": { entry: "test/gates/forwarding.ts", maximumKiB: 57 },
  "gate that init writes": { entry: "src/worker.ts", maximumKiB: 60 },
  "gate with an App and zod": { entry: "lab/workers/gate-app-zod.ts", maximumKiB: 84 },
  "Hono with the adapter": { entry: "lab/workers/hono-entra.ts", maximumKiB: 42 },
  "MCP with a facade": { entry: "cli/dev/mcp/worker.ts", maximumKiB: 93 },
  "MCP without a facade": { entry: "lab/workers/mcp.ts", maximumKiB: 79 },
  "tokens for other APIs": { entry: "lab/workers/downstream.ts", maximumKiB: 150 },
};

/**
 * Hard limit of the package, unpacked. Two thirds are the command line and the local Entra, which no worker contains.
 * Both contain the parts of Hono that they use.
 */
export const packageMaximumKiB = 2256;
/** Name of the unpacked package in the file of sizes. */
export const packageName = "package, unpacked";
/** Growth above this share fails until the file of sizes is written again, so that the change shows it. */
const growthMaximum = 0.02;

/** Where the sizes are committed. */
export const sizesFile = path.join(import.meta.dirname, "sizes.json");

/** Reads the committed sizes, in bytes. */
export function readSizes(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(sizesFile, "utf8"));
}

/**
 * Measures a bundle as Cloudflare counts it: minified and compressed by gzip. The lockfile pins the Node whose zlib
 * compresses.
 *
 * @param library modules of `readLibrary`
 * @returns bytes
 */
export async function measureBundle(name: string, library: ReadonlyMap<string, string>): Promise<number> {
  const bundle = bundles[name];
  if (bundle === undefined) throw new TypeError(`${name} must be one of ${Object.keys(bundles).join(", ")}`);
  const { code } = await bundleWorker(bundle.entry, { minify: true, library });
  return gzipSync(code, { level: 9 }).byteLength;
}

/** @returns what is wrong with a size, or `undefined` */
export function findSizeFault(name: string, bytes: number, maximumKiB: number, committed = readSizes()[name]) {
  if (bytes > maximumKiB * 1024) return `${name}: ${bytes} bytes are above the hard limit of ${maximumKiB} KiB`;
  if (committed === undefined) return `${name} has no committed size. Run: node tools/write-sizes.ts`;
  if (bytes <= committed * (1 + growthMaximum)) return undefined;
  const percent = ((bytes / committed - 1) * 100).toFixed(1);
  return `${name} grew by ${percent} %, from ${committed} to ${bytes} bytes. To accept it: node tools/write-sizes.ts`;
}
