import type { Argument, Command, Option } from "commander";

/** What can follow an option, or stand in the place of an argument. */
export type Values = "files" | "folders" | "anything" | readonly string[];

export interface CompletedOption {
  /** `-h` and `--help`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent if the option takes no value. */
  readonly values?: Values;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** What its first argument can be; absent if it has none. */
  readonly values?: Values;
}

/** The words of a command line that a shell completes. */
export interface CompletedProgram {
  readonly name: string;
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
}

/**
 * Reads the words from the definition of the command line, so that each command and option can be completed.
 *
 * @param suggested words for the argument of a command that also takes others, by the command's name
 */
export function readWords(program: Command, suggested: Readonly<Record<string, readonly string[]>>): CompletedProgram {
  return {
    name: program.name(),
    options: readOptions(program),
    commands: program.commands.map((command) => {
      const [argument] = command.registeredArguments;
      const values = suggested[command.name()] ?? (argument && valuesOf(argument, argument.name()));
      return {
        name: command.name(),
        description: command.description(),
        options: readOptions(command),
        ...(values !== undefined && { values }),
      };
    }),
  };
}

function readOptions(command: Command): readonly CompletedOption[] {
  return command.createHelp().visibleOptions(command).map(readOption);
}

function readOption(option: Option): CompletedOption {
  const { short, long, description, required, optional, flags } = option;
  const [, placeholder = ""] = /[<[]([\w-]+)/.exec(flags) ?? [];
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    ...((required || optional) && { values: valuesOf(option, placeholder) }),
  };
}

/** Placeholders of files in the definition of the command line. */
const fileNames = ["file", "document", "old", "new"];

function valuesOf({ argChoices }: Argument | Option, placeholder: string): Values {
  if (argChoices !== undefined) return argChoices;
  if (fileNames.includes(placeholder)) return "files";
  return placeholder === "folder" ? "folders" : "anything";
}
