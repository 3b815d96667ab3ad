import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../usage-error.ts";
import { findWranglerFile, readWrangler } from "../wrangler-config.ts";

/** A folder that a gate can be put into. */
export interface Project {
  readonly directory: string;
  /** Whether everything is to be made: nothing is there but perhaps `.git`. */
  readonly isNew: boolean;
  /** Wrangler's file, where there is one. */
  readonly wranglerFile?: string;
  /** Entry file of the worker, relative to the folder. */
  readonly main?: string;
}

/**
 * Looks at a folder.
 *
 * @param writes whether something is to be changed there
 * @throws UsageError where it is neither empty nor a project of wrangler, or has changes that are not committed
 */
export function examineProject(directory: string, writes: boolean): Project {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name !== ".git") : [];
  if (names.length === 0) return { directory, isNew: true };
  const wranglerFile = findWranglerFile(directory);
  if (!existsSync(wranglerFile) || !existsSync(path.join(directory, "package.json"))) {
    throw new UsageError(
      `${directory} is neither empty nor a Workers project: it needs package.json and wrangler.jsonc, or nothing at all`,
    );
  }
  if (writes && hasChanges(directory)) {
    throw new UsageError(
      `${directory} has changes that are not committed: commit them first, so that you can see and undo what is added`,
    );
  }
  const { main } = readWrangler(wranglerFile, undefined);
  return { directory, isNew: false, wranglerFile, ...(main && { main: path.relative(directory, main) }) };
}

/** Without git, or outside a repository, nobody can tell. */
function hasChanges(directory: string): boolean {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain", "--", "."], {
    cwd: directory,
    encoding: "utf8",
  });
  return status === 0 && stdout !== "";
}

/** @returns the text of a file; `undefined` where there is none */
export function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
