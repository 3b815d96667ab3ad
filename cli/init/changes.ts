import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { readInput, requireRegular } from "../common/input-file.ts";
import { replaceFile, resolveInside } from "../common/output-file.ts";
import { type Paint, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { listDiff } from "./edit/diff.ts";

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
  return existsSync(file) ? readInput(file) : undefined;
}

/**
 * Names the file of each change as it is without links, for Git restores no file behind a link.
 *
 * @throws UsageError if a link leads out of the project, or two changes are of one file
 */
export function locateChanges(directory: string, changes: readonly Change[]): readonly Change[] {
  const located = changes.map((change) => {
    const target = resolveInside(directory, change.file);
    if (existsSync(target)) requireRegular(target, change.file);
    if (showText(target) !== target) {
      throw new UsageError(
        `${change.file} has a control character in its name: rename it, because init changes no such file`,
      );
    }
    return { ...change, file: path.relative(resolveInside(directory, "."), target) };
  });
  const twice = located.find(({ file }, index) => located.findIndex((other) => other.file === file) !== index);
  if (twice !== undefined)
    throw new UsageError(`two names lead to ${twice.file}: init would change it twice. Remove one of them`);
  return located;
}

/** @returns the folders that did not exist, the outermost first */
export function writeChange(directory: string, { file, after }: Change): readonly string[] {
  const target = path.join(directory, file);
  const created = listMissing(directory, path.dirname(file));
  mkdirSync(path.dirname(target), { recursive: true });
  replaceFile(target, after);
  if (file.endsWith(".sh")) chmodSync(target, 0o755);
  return created;
}

function listMissing(directory: string, folder: string): readonly string[] {
  if (existsSync(path.join(directory, folder))) return [];
  return folder === "." ? [folder] : [...listMissing(directory, path.dirname(folder)), folder];
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
    const all = isNew && !isWhole ? [] : listDiff(before ?? "", after).map((line) => line.replace(/\r$/, ""));
    const shown = all.slice(0, Math.max(0, left));
    left -= shown.length;
    omitted += all.length - shown.length;
    const size = after.trimEnd().split("\n").length;
    return [
      isNew ? `new      ${showText(file)} (${size} lines)` : `changed  ${showText(file)}`,
      ...shown.map((line) => `  ${paintLine(isWhole ? line : clip(line), paint)}`),
    ];
  });
  return omitted === 0 ? lines : [...lines, `  ${omitted} more lines: --dry-run shows all`];
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith("@")) return paint("dim", line);
  return line.startsWith(" ") ? line : paint(line.startsWith("+") ? "green" : "red", line);
}

function clip(line: string): string {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

/**
 * Says how to undo changes.
 *
 * @param directory of the project, relative to the folder in which the command runs
 * @param folders that were created, the outermost first
 */
export function formatUndo(
  directory: string,
  changes: readonly Change[],
  folders: readonly string[],
  isInGit: boolean,
): string {
  const list = (isNew: boolean) =>
    changes.filter(({ before }) => (before === undefined) === isNew).map(({ file }) => quote(file));
  const [created, changed] = [list(true), list(false)];
  const inside = folders.filter((folder) => folder !== ".").toReversed();
  const steps = [
    ...(changed.length > 0 && isInGit ? [`${restoreFor(changed)} ${changed.join(" ")}`] : []),
    ...(created.length > 0 ? [`rm ${created.join(" ")}`] : []),
    ...(inside.length > 0 ? [`rmdir ${inside.map(quote).join(" ")}`] : []),
  ].join(" && ");
  if (steps === "" || directory === "") return steps;
  const isNew = inside.length < folders.length;
  return `(cd ${quote(directory)} && ${steps})${isNew ? ` && rmdir ${quote(directory)}` : ""}`;
}

/** Git reads a name with such a character as a pattern, which can match other files. */
function restoreFor(files: readonly string[]): string {
  return files.some((file) => /[*?[\]\\:]/.test(file)) ? "git --literal-pathspecs restore" : "git restore";
}

/** As one word of a shell, which no program takes for an option. */
function quote(file: string): string {
  const name = file.startsWith("-") ? `./${file}` : file;
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
