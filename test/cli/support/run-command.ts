import { Readable } from "node:stream";
// It starts its service in the folder in which it was loaded, which must not be one that a test removes.
import "esbuild";
import { vi } from "vitest";
import { runCommand } from "../../../cli/main.ts";

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process of its own would get. */
export interface CommandWorld {
  /** Folder of the command. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
}

/**
 * Runs the command line in this process, without colors. A module of a project stays loaded, so one whose text changes
 * needs another name, or a process of its own.
 */
export async function runHere(
  args: readonly string[],
  { cwd, env = {}, input = "" }: CommandWorld = {},
): Promise<CommandRun> {
  const output = { log: "", error: "" };
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text) => {
      output[name] += `${text}\n`;
    }),
  );
  const stdin = vi.spyOn(process, "stdin", "get").mockReturnValue(Readable.from([input]) as typeof process.stdin);
  const folder = process.cwd();
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  try {
    if (cwd !== undefined) process.chdir(cwd);
    Object.assign(process.env, env);
    const code = await runCommand(args);
    return { code, stdout: output.log, stderr: output.error };
  } finally {
    if (cwd !== undefined) process.chdir(folder);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    for (const spy of [...spies, stdin]) spy.mockRestore();
  }
}
