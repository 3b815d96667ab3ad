import { confirm, isCancel, multiselect, select, text } from "@clack/prompts";
import { showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Questions on a terminal. Tests answer them. */
export interface Prompts {
  /** @param findFault returns what is wrong with an answer */
  text(message: string, findFault: (answer: string) => string | undefined): Promise<string>;
  confirm(message: string): Promise<boolean>;
  choose(message: string, choices: readonly Choice[]): Promise<string>;
  chooseSome(message: string, choices: readonly Choice[]): Promise<readonly string[]>;
}

/** Where questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks on a terminal.
 *
 * @throws UsageError from each question if the user ends it with Ctrl-C
 */
export function createPrompts({ input, output }: Terminal): Prompts {
  const common = { input, output };
  return {
    text: async (message, findFault) =>
      insist(
        await text({ ...common, message: showText(message), validate: (value) => findFault((value ?? "").trim()) }),
      ).trim(),
    confirm: async (message) => insist(await confirm({ ...common, message: showText(message) })),
    choose: async (message, choices) =>
      insist(await select({ ...common, message: showText(message), options: choices.map(showChoice) })),
    chooseSome: async (message, choices) =>
      insist(
        await multiselect({ ...common, message: showText(message), options: choices.map(showChoice), required: false }),
      ),
  };
}

/** A route of a file can have any name. */
function showChoice({ value, label }: Choice): Choice {
  return { value, label: showText(label) };
}

/** @returns `undefined` if there is no terminal */
export function findTerminal(): Terminal | undefined {
  const { stdin: input, stderr: output } = process;
  return input.isTTY && output.isTTY ? { input, output } : undefined;
}

function insist<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new UsageError("cancelled: nothing was changed");
  return answer as Exclude<T, symbol>;
}
