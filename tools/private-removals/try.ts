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
 * Prepares copies of the source that lack one part each. The files of the project stay as they are.
 *
 * @returns a function that tries the rows with a copy. For `undefined`, the copy lacks nothing. The function returns the
 * first row that sees the removal, or `undefined` if none does.
 */
export async function createTrial(
  removals: readonly Removal[],
): Promise<(removal: Removal | undefined) => Promise<string | undefined>> {
  const code = Buffer.from(await bundleWith(removals)).toString("base64");
  return async (removal) => {
    const number = removal === undefined ? "" : removals.indexOf(removal);
    return findRow(await import(`data:text/javascript;base64,${code}#${number}`));
  };
}

/** Tries the rows that take least time first. */
async function findRow({ entryPoints, responseCounts, findShared, countResponses }: Rows): Promise<string | undefined> {
  const counts = await countResponses().catch(String);
  if (typeof counts === "string") return `gate: ${counts}`;
  const other = Object.keys(responseCounts).find((name) => counts[name] !== responseCounts[name]);
  if (other !== undefined) return `gate: ${other} creates ${counts[other]} responses, not ${responseCounts[other]}`;
  for (const entry of entryPoints) {
    const [first] = await findShared(entry, true);
    if (first !== undefined) return `${entry}: ${first}`;
  }
  return undefined;
}

/** The local Entra is the same for all copies, and so are its keys. */
const isKept = (file: string) => file.startsWith(path.join(root, "entra/")) || file.endsWith("/key-pairs.ts");

/** Bundles the rows once, because a bundle for each removal would take longer than the rows. */
async function bundleWith(removals: readonly Removal[]): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "./private-rows.ts";', resolveDir: path.join(root, "test/http/support") },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
    // Each address is a module of its own. Its fragment has the number of the removal.
    banner: { js: "const $removal = new URL(import.meta.url).hash.slice(1);" },
    plugins: [
      {
        name: "remove",
        setup(building) {
          building.onResolve({ filter: /^\..*\.ts$/ }, ({ path: imported, resolveDir }) => {
            const file = path.resolve(resolveDir, imported);
            return isKept(file) ? { path: pathToFileURL(file).href, external: true } : undefined;
          });
          building.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
            const contents = addConditions(file, await readFile(file, "utf8"), removals);
            return { contents, loader: "ts" };
          });
        },
      },
    ],
  });
  return outputFiles[0]!.contents;
}

/** Adds a condition around each part of a file that a removal takes away or replaces. */
function addConditions(file: string, text: string, removals: readonly Removal[]): string {
  const opening = new Map<number, string>();
  const closing = new Map<number, string>();
  const own = removals.filter((removal) => file === path.join(root, removal.file));
  // An outer part comes before the parts inside it.
  for (const removal of own.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const { start, end, replacement } = removal;
    const number = `"${removals.indexOf(removal)}"`;
    const [before, after] =
      replacement === ";"
        ? [`{ if ($removal !== ${number}) `, " }"]
        : [`($removal === ${number} ? (${replacement}) : `, ")"];
    opening.set(start, (opening.get(start) ?? "") + before);
    closing.set(end, after + (closing.get(end) ?? ""));
  }
  const places = [...new Set([...opening.keys(), ...closing.keys()])].sort((one, other) => one - other);
  return [0, ...places]
    .map((place, index) => (closing.get(place) ?? "") + (opening.get(place) ?? "") + text.slice(place, places[index]))
    .join("");
}
