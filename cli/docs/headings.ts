import { toAnchor } from "../common/anchor.ts";

/** A heading of a page. */
interface Heading {
  readonly anchor: string;
  /** Number of its `#`. */
  readonly depth: number;
  /** Index of its line. */
  readonly line: number;
}

/**
 * Finds the headings of a page. A comment in a block of code is none.
 *
 * @param lines Markdown
 */
export function findHeadings(lines: readonly string[]): readonly Heading[] {
  let isCode = false;
  return lines.flatMap((text, line) => {
    if (text.trimStart().startsWith("```")) isCode = !isCode;
    const [, marks, title] = (isCode ? null : /^(#+) (.+)$/.exec(text)) ?? [];
    return marks === undefined || title === undefined ? [] : [{ anchor: toAnchor(title), depth: marks.length, line }];
  });
}
