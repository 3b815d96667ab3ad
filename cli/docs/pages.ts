import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { parseJson } from "../../src/cli-exports/text.ts";
import { findOwnFolder } from "../common/own-package.ts";
import { UsageError } from "../common/usage-error.ts";
import { findHeadings } from "./headings.ts";
import { rewriteLinks, toSitePath } from "./site-paths.ts";

/** The pages of the package, in one file, which take a quarter of their size there. */
export const packedPages = "dist/pages.json.br";

/** Pages by their names, such as `reference/reasons`, in alphabetical order. */
type Pages = Readonly<Record<string, string>>;

/**
 * Reads the pages for users from the repository. Their links lead to names of pages; a link to another file becomes
 * text.
 *
 * @param root folder of the project
 */
export function collectPages(root: string): Pages {
  const files = globSync(["docs/{tutorials,how-to,reference,explanation}/*.md", "README.md", "SECURITY.md"], {
    cwd: root,
    // It is for maintainers, who have the repository.
    exclude: ["**/publish-the-package.md"],
  });
  const names = new Map(files.map((file) => [file.replaceAll(path.sep, "/"), toSitePath(file).replace(/\.md$/, "")]));
  const texts = [...names].map(([file, name]) => {
    const text = readFileSync(path.join(root, file), "utf8").replaceAll("![", "[");
    return [
      name,
      rewriteLinks(file, text, (words, linked, anchor) => {
        const target = names.get(linked);
        return target === undefined ? words : `[${words}](${target}${anchor})`;
      }),
    ] as const;
  });
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads the pages that `entra-gate docs` prints. */
export function readPages(): Pages {
  const own = findOwnFolder();
  if (existsSync(path.join(own, "docs"))) return collectPages(own);
  return parseJson(brotliDecompressSync(readFileSync(path.join(own, packedPages))).toString()) as Pages;
}

/** Lists the pages with their titles, for a terminal. */
export function describePages(): string {
  const pages = Object.entries(readPages());
  const width = Math.max(...pages.map(([name]) => name.length));
  const rows = pages.map(([name, text]) => `${name.padEnd(width)}  ${toLines(text)[0]?.replace("# ", "")}`);
  return [...rows, "", 'Search them: npx entra-gate docs --find "WORDS"'].join("\n");
}

/**
 * Reads a page, or the part of it below one heading.
 *
 * @param target `reference/reasons` or `reasons`, with the anchor of a heading: `reasons#scope_missing`
 * @throws UsageError if there is no such page, or the page has no such heading
 */
export function readPart(target: string): string {
  const [place = "", anchor] = target.split("#");
  const wanted = place.replace(/^docs\//, "").replace(/\.md$/, "");
  const pages = Object.entries(readPages());
  const found = pages.find(([name]) => name === wanted || path.posix.basename(name) === wanted);
  if (found === undefined) {
    const similar = pages.map(([name]) => name).filter((name) => name.includes(wanted));
    const hint = similar.length > 0 ? `use one of ${similar.join(", ")}` : "npx entra-gate docs lists them";
    throw new UsageError(`${JSON.stringify(target)} is not a page: ${hint}`);
  }
  const [name, text] = found;
  const lines = toLines(text);
  if (anchor === undefined) return lines.join("\n");
  const headings = findHeadings(lines);
  const start = headings.find((heading) => heading.anchor === anchor);
  if (start === undefined) {
    const known = headings.map((heading) => `${name}#${heading.anchor}`);
    throw new UsageError(`${name} has no part ${JSON.stringify(anchor)}: use one of ${known.join(", ")}`);
  }
  const end = headings.find(({ line, depth }) => line > start.line && depth <= start.depth);
  return lines.slice(start.line, end?.line).join("\n").trimEnd();
}

/** More would not fit on a screen. */
const shownParts = 20;
const shownCharacters = 100;

/**
 * Lists the parts of all pages that contain words, in any case and order. Parts with a word in their heading come
 * first.
 *
 * @param words separated by spaces
 * @throws UsageError if no part contains all of them
 */
export function findParts(words: string): string {
  const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
  const hasTerm = (text: string) => terms.some((term) => text.toLowerCase().includes(term));
  const parts = Object.entries(readPages()).flatMap(([name, text]) => {
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
  if (found.length === 0) throw new UsageError(`no page has a part that contains ${JSON.stringify(words)}`);
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
