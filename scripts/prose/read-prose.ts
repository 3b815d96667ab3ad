import type { Nodes, Paragraph, Root, TableCell } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";

/** One paragraph, list item, heading or table cell, as a reader sees it. Code becomes one word. */
export interface Passage {
  readonly text: string;
  readonly line: number;
  /** A cell contains phrases. It counts for the longest sentence, but not for the median. */
  readonly isCell: boolean;
}

const parser = unified().use(remarkParse).use(remarkGfm);

/**
 * Reads the prose of a Markdown page. Code blocks, HTML and headings are not prose.
 *
 * @param markdown the page
 * @returns its passages, in order
 */
export function readProse(markdown: string): readonly Passage[] {
  const passages: Passage[] = [];
  const visit = (node: Nodes): void => {
    if (node.type === "paragraph" || node.type === "tableCell") passages.push(toPassage(node));
    else if (node.type !== "heading" && "children" in node) node.children.forEach(visit);
  };
  visit(parser.parse(markdown) as Root);
  return passages.filter(({ text }) => text.trim() !== "");
}

function toPassage(node: Paragraph | TableCell): Passage {
  return { text: textOf(node), line: node.position?.start.line ?? 0, isCell: node.type === "tableCell" };
}

/**
 * Replaces code by one word. It replaces a number before a period too, which the parser would read as an abbreviation.
 */
function textOf(node: Nodes): string {
  if (node.type === "inlineCode") return "Snippet";
  if (node.type === "html" || node.type === "image") return "";
  if (node.type === "break") return " ";
  if (node.type === "text") return node.value.replaceAll("\n", " ").replace(/\d+(?=\.\s|\.$)/g, "Number");
  return "children" in node ? node.children.map(textOf).join("") : "";
}
