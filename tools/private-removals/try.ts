import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Removal } from "./find.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The rows of `test/http/support/private-rows.ts`, with a copy of the source. */
interface Rows {
  readonly entryPoints: readonly string[];
  readonly responseCounts: Readonly<Record<string, number>>;
  findShared(entry: string, onlyFirst: boolean): Promise<readonly string[]>;
  countResponses(): Promise<Readonly<Record<string, number>>>;
}

/**
 * Tries the rows with a copy of the source that lacks one part. The files of the project stay as they are.
 *
 * @param removal `undefined` removes nothing
 * @returns the first row that sees it; `undefined` if none does
 */
export async function findRow(removal: Removal | undefined): Promise<string | undefined> {
  const rows = await buildWithout(removal);
  for (const entry of rows.entryPoints) {
    const [first] = await rows.findShared(entry, true);
    if (first !== undefined) return `${entry}: ${first}`;
  }
  const { responseCounts } = rows;
  const counts = await rows.countResponses();
  const other = Object.keys(responseCounts).find((name) => counts[name] !== responseCounts[name]);
  return other && `gate: ${other} creates ${counts[other]} responses, not ${responseCounts[other]}`;
}

/** The local Entra is the same for all copies, and so are its keys. */
const isKept = (file: string) => file.startsWith(path.join(root, "entra/")) || file.endsWith("/key-pairs.ts");

async function buildWithout(removal: Removal | undefined): Promise<Rows> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "./private-rows.ts";', resolveDir: path.join(root, "test/http/support") },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
    plugins: [
      {
        name: "remove",
        setup(building) {
          building.onResolve({ filter: /^\..*\.ts$/ }, ({ path: imported, resolveDir }) => {
            const file = path.resolve(resolveDir, imported);
            return isKept(file) ? { path: pathToFileURL(file).href, external: true } : undefined;
          });
          if (removal === undefined) return;
          const { file, start, end, replacement } = removal;
          building.onLoad({ filter: new RegExp(`/${file.replaceAll(".", "\\.")}$`) }, async ({ path: loaded }) => {
            const text = await readFile(loaded, "utf8");
            return { contents: text.slice(0, start) + replacement + text.slice(end), loader: "ts" };
          });
        },
      },
    ],
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`);
}
