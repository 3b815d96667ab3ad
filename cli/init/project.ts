import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../common/usage-error.ts";
import { findWranglerFile, readWrangler } from "../project/wrangler-config.ts";

/** A folder for a gate. */
export interface Project {
  readonly directory: string;
  /** Whether the folder is empty, except for `.git`. */
  readonly isNew: boolean;
  /** Wrangler's file, if there is one. */
  readonly wranglerFile?: string;
  /** Entry file of the worker, relative to the folder. */
  readonly main?: string;
}

/**
 * Reads a folder.
 *
 * @param writes whether files will be written there
 * @throws UsageError if it is not empty and not a Wrangler project, or has uncommitted changes
 */
export function examineProject(directory: string, writes: boolean): Project {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name !== ".git") : [];
  if (names.length === 0) return { directory, isNew: true };
  const wranglerFile = findWranglerFile(directory);
  if (!existsSync(wranglerFile) || !existsSync(path.join(directory, "package.json"))) {
    throw new UsageError(
      `${directory} is not empty and not a Workers project: a project needs package.json and wrangler.jsonc`,
    );
  }
  if (writes && hasChanges(directory)) {
    throw new UsageError(
      `${directory} has uncommitted changes: commit them first, so that you can see and undo what this command adds`,
    );
  }
  const { main } = readWrangler(wranglerFile, undefined);
  return { directory, isNew: false, wranglerFile, ...(main && { main: path.relative(directory, main) }) };
}

/** Without Git, or outside a repository, this is unknown. */
function hasChanges(directory: string): boolean {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain", "--", "."], {
    cwd: directory,
    encoding: "utf8",
  });
  return status === 0 && stdout !== "";
}

/** @returns the text of a file; `undefined` if it does not exist */
export function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
