import type { Command } from "commander";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { print } from "../common/terminal.ts";
import { listPageNames } from "../docs/pages.ts";
import { writeBash } from "./bash.ts";
import { writeFish } from "./fish.ts";
import { readWords } from "./words.ts";
import { writeZsh } from "./zsh.ts";

const writers = { bash: writeBash, zsh: writeZsh, fish: writeFish } as const;

/**
 * `entra-gate completion`.
 *
 * @param program whose commands and options are completed
 */
export function runCompletion(program: Command, shell: keyof typeof writers): ExitCode {
  print(writers[shell](readWords(program, { docs: listPageNames() })));
  return exitCodes.good;
}
