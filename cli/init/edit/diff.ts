import { structuredPatch } from "diff";

/** Unchanged lines before and after each change. */
const context = 2;

/** Lists the lines of a unified diff: the place of each change, and its lines with their signs among unchanged ones. */
export function listDiff(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch("", "", before, after, undefined, undefined, { context });
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines.filter((line) => !line.startsWith("\\")),
  ]);
}
