import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Paint } from "../common/terminal.ts";
import { listChangedLines } from "./edit/diff.ts";

/** A file to write. */
export interface Change {
  /** Relative to the folder of the project. */
  readonly file: string;
  /** Text of the file now; `undefined` if it does not exist. */
  readonly before: string | undefined;
  readonly after: string;
}

/** @returns the text of a file; `undefined` if it does not exist */
export function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export function writeChange(directory: string, { file, after }: Change): void {
  const target = path.join(directory, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, after);
  if (file.endsWith(".sh")) chmodSync(target, 0o755);
}

const columns = 100;

/**
 * Writes changes as a diff.
 *
 * @param limit number of lines; Infinity writes new files too
 */
export function formatChanges(changes: readonly Change[], paint: Paint, limit: number): readonly string[] {
  const isWhole = limit === Number.POSITIVE_INFINITY;
  let left = limit - changes.length - 1;
  let omitted = 0;
  const lines = changes.flatMap(({ file, before, after }) => {
    const isNew = before === undefined;
    const all = isNew && !isWhole ? [] : listChangedLines(before ?? "", after);
    const shown = all.slice(0, Math.max(0, left));
    left -= shown.length;
    omitted += all.length - shown.length;
    const size = after.trimEnd().split("\n").length;
    return [
      isNew ? `new      ${file} (${size} lines)` : `changed  ${file}`,
      ...shown.map((line) => `  ${paint(line.startsWith("+") ? "green" : "red", isWhole ? line : clip(line))}`),
    ];
  });
  return omitted === 0 ? lines : [...lines, `  ${omitted} more changed lines: --dry-run shows all`];
}

function clip(line: string): string {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

/** Says how to undo changes. */
export function formatUndo(changes: readonly Change[], isInGit: boolean): string {
  const quote = (file: string) => (/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
  const list = (isNew: boolean) =>
    changes.filter(({ before }) => (before === undefined) === isNew).map(({ file }) => quote(file));
  const [created, changed] = [list(true), list(false)];
  return [
    ...(changed.length > 0 && isInGit ? [`git restore ${changed.join(" ")}`] : []),
    ...(created.length > 0 ? [`rm ${created.join(" ")}`] : []),
  ].join(" && ");
}
