import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { docsSite, linkToDocs, parseJson } from "../../src/cli-exports/text.ts";
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

/** More would not fit on a screen. */
const shownParts = 20;
const shownCharacters = 100;

/**
 * Lists the parts of all pages that contain words, in any case and order. Parts with a word in their heading come first.
 *
 * @param words separated by spaces
 * @throws UsageError if no part contains all of them
 */
export function findParts(words: string): string {
  const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
  const hasTerm = (text: string) => terms.some((term) => text.toLowerCase().includes(term));
  const parts = [...readPages()].flatMap(([name, text]) => {
    const lines = toLines(text);
    const headings = findHeadings(lines);
    return headings.map(({ anchor, line, depth }, index) => ({
      target: depth === 1 ? name : `${name}#${anchor}`,
      lines: lines.slice(line, headings[index + 1]?.line),
    }));
  });
  const found = parts.filter(({ lines }) => {
    const text = lines.join("\n").toLowerCase();
    return terms.length > 0 && terms.every((term) => text.includes(term));
  });
  if (found.length === 0) {
    throw new UsageError(`no part of the reference contains ${JSON.stringify(words)}: search all pages at ${docsSite}`);
  }
  const byHeading = [true, false].flatMap((isIn) => found.filter(({ lines }) => hasTerm(lines[0] ?? "") === isIn));
  const rows = byHeading.slice(0, shownParts).flatMap(({ target, lines }) => {
    const text = lines.slice(1).filter((line) => line !== "");
    const line = (text.find(hasTerm) ?? text[0] ?? "").trim();
    return [target, `  ${line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line}`];
  });
  const more = found.length - shownParts;
  const end = [...(more > 0 ? [`${more} more: add a word.`] : []), "Print a part: npx entra-gate docs PART"];
  return [...rows, "", ...end].join("\n");
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
