import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { toAnchor } from "../../../cli/common/anchor.ts";

export const root = path.resolve(import.meta.dirname, "../../..");

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null;
  readonly children?: readonly MarkdownNode[];
  readonly position?: { readonly start: { readonly line: number } };
}

export interface Page {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly text: string;
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
  readonly snippets: readonly Snippet[];
}

export interface Snippet {
  readonly language: string;
  readonly code: string;
  readonly line: number;
}

const parser = unified().use(remarkParse).use(remarkGfm);

/** Pages for readers: the documentation, the README and its neighbors. */
export function readPages(): readonly Page[] {
  const patterns = ["*.md", "docs/**/*.md", "examples/*.md"];
  return globSync(patterns, { cwd: root, exclude: ["docs/site/**"] })
    .sort()
    .map(readPage);
}

/**
 * Reads one page.
 *
 * @param file relative to the root of the project
 */
export function readPage(file: string): Page {
  const text = readFileSync(path.join(root, file), "utf8");
  const nodes = listNodes(parser.parse(text) as MarkdownNode);
  return {
    file,
    text,
    links: nodes
      .filter(({ type }) => ["link", "image", "definition"].includes(type))
      .map(({ url = "" }) => url)
      .filter((url) => !/^[a-z]+:/.test(url)),
    anchors: new Set(nodes.filter(({ type }) => type === "heading").map((heading) => toAnchor(textOf(heading)))),
    snippets: nodes
      .filter(({ type }) => type === "code")
      .map(({ lang, value = "", position }) => ({
        language: lang ?? "",
        code: value,
        line: position?.start.line ?? 0,
      })),
  };
}

/** The fault of a link: its file or its heading does not exist. */
export function findLinkFault(
  page: Page,
  link: string,
  pages: ReadonlyMap<string, Page>,
  exists: (file: string) => boolean,
) {
  const [target = "", anchor] = link.split("#");
  const file = target === "" ? page.file : path.posix.normalize(path.posix.join(path.posix.dirname(page.file), target));
  if (!exists(file)) return `${page.file}: ${link} leads to no file`;
  if (anchor !== undefined && !pages.get(file)?.anchors.has(anchor)) return `${page.file}: ${link} leads to no heading`;
  return undefined;
}

function listNodes(node: MarkdownNode): readonly MarkdownNode[] {
  return [node, ...(node.children ?? []).flatMap(listNodes)];
}

function textOf(node: MarkdownNode): string {
  return node.value ?? (node.children ?? []).map(textOf).join("");
}
