import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { docsSite, linkToDocs, parseJson } from "../../src/tools/text.ts";
import { findOwnFolder } from "../common/own-package.ts";
import { UsageError } from "../common/usage-error.ts";
import { findHeadings } from "./headings.ts";
import { toSitePath } from "./site-paths.ts";

/** Where the pages are in the repository. */
const folder = "docs/reference";

/** The reference pages by their names, in alphabetical order. The package has them in one file that the build writes. */
function readPages(): ReadonlyMap<string, string> {
  const own = findOwnFolder();
  const source = path.join(own, folder);
  if (!existsSync(source)) {
    const packed = brotliDecompressSync(readFileSync(path.join(own, "dist/reference.json.br"))).toString();
    return new Map(Object.entries(parseJson(packed) as Readonly<Record<string, string>>));
  }
  const files = readdirSync(source).sort();
  return new Map(files.map((file) => [file.replace(/\.md$/, ""), readFileSync(path.join(source, file), "utf8")]));
}

/** Names of the pages that `entra-gate docs` prints, in alphabetical order. */
export function listPageNames(): readonly string[] {
  return [...readPages().keys()];
}

/** Lists the pages with their titles, for a terminal. */
export function describePages(): string {
  const pages = readPages();
  const width = Math.max(...[...pages.keys()].map(({ length }) => length));
  const rows = [...pages].map(([name, text]) => `${name.padEnd(width)}  ${toLines(text)[0]?.replace("# ", "")}`);
  return [...rows, "", `All pages: ${docsSite}`].join("\n");
}

/**
 * Reads a reference page, or the part of it below one heading. Its links become addresses of the site.
 *
 * @param target `reasons`, `reasons#scope_missing`, or the address of either on the site
 * @throws UsageError if the package has no such page, or the page no such heading
 */
export function readPart(target: string): string {
  const own = target.startsWith(`${docsSite}/`) ? target.slice(docsSite.length + 1) : target;
  const [place = "", anchor] = own.split("#");
  const name = place.replace(/^(?:docs\/)?reference\//, "").replace(/\.md$/, "");
  const pages = readPages();
  const text = pages.get(name);
  if (text === undefined) {
    throw new UsageError(
      /^(?:tutorials|how-to|explanation)\//.test(name)
        ? `the package carries only the reference pages: read ${linkToDocs(name, anchor)}`
        : `${JSON.stringify(target)} is not a reference page: use one of ${[...pages.keys()].join(", ")}`,
    );
  }
  const lines = toLines(text);
  if (anchor === undefined) return withAddresses(name, lines);
  const headings = findHeadings(lines);
  const start = headings.find((heading) => heading.anchor === anchor);
  if (start === undefined) {
    const known = headings.map((heading) => `${name}#${heading.anchor}`);
    throw new UsageError(`${name} has no part ${JSON.stringify(anchor)}: use one of ${known.join(", ")}`);
  }
  const end = headings.find(({ line, depth }) => line > start.line && depth <= start.depth);
  return withAddresses(name, lines.slice(start.line, end?.line)).trimEnd();
}

function toLines(text: string): readonly string[] {
  return text.trimEnd().split("\n");
}

/** A relative link leads nowhere on a terminal. */
function withAddresses(name: string, lines: readonly string[]): string {
  return lines
    .join("\n")
    .replaceAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)/g, (_link, file: string, anchor?: string) => {
      const target = file === "" ? `${folder}/${name}.md` : path.posix.join(folder, file);
      return `](${linkToDocs(toSitePath(target).replace(/\.md$/, ""), anchor)})`;
    });
}

/** @returns the command that prints what an address of the site shows, if the package carries it */
export function commandFor(address: string): string | undefined {
  const reference = linkToDocs("reference/");
  return address.startsWith(reference) ? `npx entra-gate docs ${address.slice(reference.length)}` : undefined;
}
