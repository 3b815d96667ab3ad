import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import path from "node:path";
import { readRegularFile } from "./input-file.ts";

/** What Git knows about a folder. */
export interface Git {
  /** Whether Git can restore a file: the file is committed, and has not changed since. */
  isCommitted(file: string): boolean;
  /** Whether Git ignores a file, which may not exist yet. */
  isIgnored(file: string): boolean;
}

/**
 * A folder can come with a configuration of Git that names programs: a file system monitor, hooks, filters, and
 * transports of a partial clone. Only commands that compare no file run here, because that would run filters.
 */
const withoutPrograms = [
  ...["-c", "safe.bareRepository=explicit"],
  ...["-c", "core.fsmonitor=false"],
  ...["-c", "core.hooksPath=/dev/null"],
  "--no-optional-locks",
];

/** The environment without variables that name another repository, and without transports. */
function createEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_(?!CONFIG|CEILING_DIRECTORIES$)/i.test(name));
  return { ...Object.fromEntries(own), GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none", GIT_TERMINAL_PROMPT: "0" };
}

/** @returns `undefined` outside a repository, or without Git */
export function findGit(directory: string): Git | undefined {
  const env = createEnvironment();
  // Windows would start a program of the current folder.
  const cwd = path.dirname(process.execPath);
  const run = (...args: readonly string[]): SpawnSyncReturns<Buffer> =>
    spawnSync("git", ["-C", directory, ...withoutPrograms, ...args], { cwd, env, maxBuffer: Number.POSITIVE_INFINITY });
  if (run("rev-parse", "--is-inside-work-tree").stdout?.toString().trim() !== "true") return undefined;
  return {
    isCommitted(file) {
      const name = `./${file.replaceAll(path.sep, "/")}`;
      const found = run("rev-parse", `HEAD:${name}`, `:${name}`);
      const [committed, staged] = found.stdout.toString().split("\n");
      if (found.status !== 0 || committed === undefined || committed !== staged) return false;
      const { status, stdout } = run("cat-file", "blob", committed);
      return status === 0 && isSame(stdout, readRegularFile(path.join(directory, file)));
    },
    isIgnored: (file) => run("check-ignore", "-q", "--", file).status === 0,
  };
}

/** Git can change the ends of lines. */
function isSame(committed: Buffer, present: Buffer): boolean {
  const normalize = (text: Buffer) => text.toString("latin1").replaceAll("\r\n", "\n");
  return committed.equals(present) || normalize(committed) === normalize(present);
}
