import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { serveFetch } from "../../../cli/common/loopback.ts";
import { runHere } from "./run-command.ts";

/** What a shell printed, and its exit code. */
export interface ShellRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell for the commands of a page. */
export interface Shell {
  /** Runs commands in a folder. */
  run(commands: string, cwd: string): Promise<ShellRun>;
  stop(): Promise<void>;
}

/** Stands for `npx`. It knows `npx entra-gate` alone, whose arguments and input it leaves in a folder. */
const program = `#!/bin/sh
[ "$1" = entra-gate ] || exit 127
shift
call=$(mktemp -d "$CALLS/XXXXXX")
printf '%s\\0' "$PWD" "$@" > "$call/arguments"
cat > "$call/input"
curl --silent --fail "$COMMANDS/$(basename "$call")" || exit 126
cat "$call/stderr" >&2
cat "$call/stdout"
exit "$(cat "$call/code")"
`;

/**
 * Starts a shell in which `npx entra-gate` runs in this process. A process for each command takes a second of a
 * processor.
 */
export async function startShell(): Promise<Shell> {
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-shell-"));
  writeFileSync(path.join(folder, "npx"), program, { mode: 0o755 });
  // A command changes the folder of this process.
  let last: Promise<unknown> = Promise.resolve();
  async function runCall(call: string): Promise<void> {
    const read = (name: string) => readFileSync(path.join(call, name), "utf8");
    const [cwd = "", ...args] = read("arguments").split("\0").slice(0, -1);
    const run = await runHere(args, { cwd, input: read("input") });
    for (const name of ["code", "stdout", "stderr"] as const) writeFileSync(path.join(call, name), String(run[name]));
  }
  const server = await serveFetch(async ({ url }) => {
    const call = path.join(folder, path.basename(new URL(url).pathname));
    last = last.then(() => runCall(call));
    await last;
    return new Response();
  });
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, CALLS: folder, COMMANDS: server.url };
  return {
    run: (commands, cwd) =>
      new Promise((resolve) => {
        const child = execFile("bash", ["-ec", commands], { cwd, env }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
        child.stdin?.end();
      }),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
