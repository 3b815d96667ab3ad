import { vi } from "vitest";
import { runCommand } from "../../../cli/main.ts";

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, without colors. */
export async function runHere(args: readonly string[]): Promise<CommandRun> {
  const output = { log: "", error: "" };
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text) => {
      output[name] += `${text}\n`;
    }),
  );
  try {
    const code = await runCommand(args);
    return { code, stdout: output.log, stderr: output.error };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
