import { runScript, type Script } from "../../../tools/run-script.ts";

export interface ScriptRun {
  readonly code: number;
  readonly output: string;
  /** The arguments of the call of wrangler; `undefined` if there was none. */
  readonly wrangler?: { readonly args: readonly string[]; readonly input: string | undefined };
}

/**
 * Runs a script that ends in a call of wrangler. It records the call instead of running wrangler, which would call Cloudflare.
 *
 * @param input standard input
 * @param exitCode of wrangler
 */
export async function tryScript(
  script: Script,
  args: readonly string[],
  { input = "", exitCode = 0 }: { readonly input?: string; readonly exitCode?: number } = {},
): Promise<ScriptRun> {
  const lines: string[] = [];
  const calls: NonNullable<ScriptRun["wrangler"]>[] = [];
  const code = await runScript(script, args, {
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readInput: async () => input,
    runWrangler(callArgs, callInput) {
      calls.push({ args: callArgs, input: callInput });
      return exitCode;
    },
  });
  return { code, output: lines.join("\n"), ...(calls[0] && { wrangler: calls[0] }) };
}
