import path from "node:path";
import { pathToFileURL } from "node:url";
import { vi } from "vitest";

/** What a command printed, and its exit code. */
export interface Ended {
  readonly status: unknown;
  readonly output: string;
}

/** Runs the command line, with its arguments. */
export type RunCommand = (args: readonly string[]) => Promise<Ended>;

/**
 * Imports the command line of an installed package. In one process, its modules and those of Wrangler load once for all
 * commands. Modules of a project stay loaded too, so each project needs a folder of its own.
 *
 * @param folder of the package
 */
export async function importCommand(folder: string): Promise<RunCommand> {
  const { href } = pathToFileURL(path.join(folder, "dist/cli/main.js"));
  const { runCommand } = await import(/* @vite-ignore */ href);
  return async (args) => {
    let output = "";
    const spies = (["log", "error"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((text) => {
        output += `${text}\n`;
      }),
    );
    try {
      return { status: await runCommand(args), output };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  };
}

/** Calls a function while a folder is the one of this process. */
export async function runIn<T>(folder: string, call: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await call();
  } finally {
    process.chdir(before);
  }
}
