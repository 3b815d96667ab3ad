import type { CompletedCommand, CompletedOption, CompletedProgram, Values } from "./words.ts";

/** Writes completions for fish. */
export function writeFish({ name, options, commands }: CompletedProgram): string {
  const none = "__fish_use_subcommand";
  const lines = [
    "-f",
    ...options.map((option) => `-n ${none} ${writeOption(option)}`),
    ...commands.map((command) => `-n ${none} -a ${command.name} -d ${quote(command.description)}`),
    ...commands.flatMap(writeCommand),
  ];
  return [
    `# Completions of ${name} for fish: ${name} completion fish | source`,
    ...lines.map((line) => `complete -c ${name} ${line}`),
  ].join("\n");
}

function writeCommand({ name, options, values }: CompletedCommand): readonly string[] {
  const given = `-n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    ...options.map((option) => `${given} ${writeOption(option)}`),
    ...(values === undefined || values === "anything" ? [] : [`${given} ${complete(values)}`]),
  ];
}

function writeOption({ names, description, values }: CompletedOption): string {
  const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const taken = values === undefined ? [] : ["-r", complete(values)].filter((part) => part !== "");
  return [...spelled, ...taken, `-d ${quote(description)}`].join(" ");
}

function complete(values: Values): string {
  if (values === "files") return "-F";
  if (values === "folders") return "-a '(__fish_complete_directories)'";
  return values === "anything" ? "" : `-a ${quote(values.join(" "))}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
