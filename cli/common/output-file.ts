import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describeCause } from "../../src/cli-exports/common.ts";
import { readInput, requireRegular } from "./input-file.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads what a command has written before.
 *
 * @param option names the file, for example `--out`
 * @returns `undefined` if there is no file
 * @throws UsageError if it cannot be read, for example because it is a folder
 */
export function readOutput(option: string, file: string): string | undefined {
  const target = findTarget(option, file);
  return exists(target) ? readInput(target, `${option} ${JSON.stringify(file)}`) : undefined;
}

/**
 * Writes a file, and the folders above it.
 *
 * @param option names the file, for example `--out`
 * @throws UsageError if that is impossible, or a link leads elsewhere
 */
export function writeOutput(option: string, file: string, text: string): void {
  const target = findTarget(option, file);
  const name = `${option} ${JSON.stringify(file)}`;
  if (exists(target)) requireRegular(target, name);
  try {
    mkdirSync(path.dirname(target), { recursive: true });
    replaceFile(target, text);
  } catch (error) {
    throw new UsageError(`${name} cannot be written: ${describeCause(error)}`);
  }
}

/**
 * Finds where a file of the command line is written. The user can name any folder. What a link decides must stay below
 * the folder in which the command runs: a project can come with links.
 *
 * @param option names the file, for example `--out`
 * @throws UsageError if a link leads elsewhere
 */
export function findTarget(option: string, file: string): string {
  const name = `${option} ${JSON.stringify(file)}`;
  const own = process.cwd();
  const resolved = path.resolve(file);
  if (isBelow(own, resolved)) return resolveInside(own, file, name);
  if (isLink(resolved)) throw new UsageError(`${name} is a link: name the file to which it leads`);
  return resolveLinks(resolved, name);
}

/**
 * Resolves the links of a path whose end may not exist yet.
 *
 * @param folder in which the result must lie
 * @param file relative to the folder
 * @param name for the message
 * @returns absolute path without links
 * @throws UsageError if the path leads out of the folder, or into its `.git`
 */
export function resolveInside(folder: string, file: string, name = file): string {
  const base = resolveLinks(path.resolve(folder), folder);
  const target = resolveLinks(path.resolve(folder, file), name);
  if (target !== base && !isBelow(base, target))
    throw new UsageError(`${name} leads out of ${folder}: the command writes only inside`);
  if (path.relative(base, target).split(path.sep).includes(".git")) {
    throw new UsageError(`${name} leads into the repository of Git: name a file outside .git`);
  }
  return target;
}

function isBelow(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function resolveLinks(file: string, name: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new UsageError(`${name} cannot be written: ${describeCause(error)}`);
    if (exists(file)) throw new UsageError(`${name} is, or lies in, a link that leads nowhere`);
    return path.join(resolveLinks(path.dirname(file), name), path.basename(file));
  }
}

/** Whether there is something, which can be a link to nothing. */
function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/**
 * Writes a file by a new one in its place. Other names of the old one (hard links) keep their content, and a link that
 * appears meanwhile is replaced and not followed.
 *
 * @param target absolute path without links, in a folder that exists
 * @param mode permissions; by default those of the old file, or those of any new file
 */
export function replaceFile(target: string, text: string, mode?: number): void {
  const present = lstatSync(target, { throwIfNoEntry: false });
  if (present !== undefined) accessSync(target, constants.W_OK);
  const prepared = path.join(path.dirname(target), `.${crypto.randomUUID()}.tmp`);
  try {
    writeFileSync(prepared, text, { flag: "wx", ...(mode !== undefined && { mode }) });
    if (mode === undefined && present !== undefined) chmodSync(prepared, present.mode & 0o777);
    renameSync(prepared, target);
  } finally {
    rmSync(prepared, { force: true });
  }
}
