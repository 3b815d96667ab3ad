import { spawnSync } from "node:child_process";
import path from "node:path";

/** What Git knows about a folder. */
export interface Git {
  /** Whether Git can restore a file: the file is committed, and has not changed since. */
  isCommitted(file: string): boolean;
  /** Whether Git ignores a file, which may not exist yet. */
  isIgnored(file: string): boolean;
}

/** @returns `undefined` outside a repository, or without Git */
export function findGit(directory: string): Git | undefined {
  const run = (...args: readonly string[]) => spawnSync("git", args, { cwd: directory, encoding: "utf8" });
  if (run("rev-parse", "--is-inside-work-tree").stdout?.trim() !== "true") return undefined;
  return {
    isCommitted: (file) =>
      run("ls-files", "--error-unmatch", "--", file).status === 0 &&
      run("status", "--porcelain", "--", file).stdout === "",
    isIgnored: (file) => run("check-ignore", "-q", "--", path.join(directory, file)).status === 0,
  };
}
