import { structuredPatch } from "diff";

/** Lists the lines that a change removes and adds, each with its sign. */
export function listChangedLines(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch("", "", before, after, undefined, undefined, { context: 0 });
  return hunks.flatMap(({ lines }) => lines.filter((line) => !line.startsWith("\\")));
}
