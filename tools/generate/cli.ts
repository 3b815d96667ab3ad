import { readFileSync } from "node:fs";
import path from "node:path";
import type { CommandDefinition, OptionDetails } from "../../cli/common/command-definition.ts";
import { configurationOptions } from "../../cli/common/shared-options.ts";
import { commands } from "../../cli/main.ts";

/** Pages of docs/reference/ with the sections of the commands. */
const pages = ["cli.md", "cli-operation.md"];

/** The last line of what a definition writes in the section of a command. All that follows is written by hand. */
const exitCodesLine = /^Exit codes: .*\n+/m;

/**
 * Writes a page of commands: in each section of a command, the summary, an example, the options and the exit codes of
 * its definition. What is below them in the page stays, and so do the sections that are no command's.
 */
export function renderCommands(page: string): string {
  const reference = path.resolve(import.meta.dirname, "../../docs/reference");
  const all = pages.map((name) => readFileSync(path.join(reference, name), "utf8")).join("");
  const definitions: readonly CommandDefinition[] = commands.map(({ definition }) => definition);
  return definitions.reduce((text, definition) => {
    const heading = new RegExp(`^## ${definition.name}\\n(?:(?!## ).*\\n)*`, "m");
    if (!heading.test(all)) throw new Error(`${pages.join(" and ")} have no section "## ${definition.name}"`);
    return text.replace(heading, (section) => renderCommand(definition, section));
  }, page);
}

function renderCommand(definition: CommandDefinition, section: string): string {
  const { name, summary, options, examples, exitCodes } = definition;
  const rows = [
    ...(definition.arguments ?? []).map(({ name: argument, text }) => [`\`${argument}\``, mark(text)]),
    ...renderOptions(options),
  ];
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `**${code}** ${mark(meaning)}`);
  const parts = [
    `## ${name}`,
    mark(summary),
    ["```sh", renderExample(examples[0] ?? ""), "```"].join("\n"),
    rows.map(([flags, meaning]) => `- ${flags}: ${meaning}`).join("\n"),
    `Exit codes: ${codes.join("; ")}.`,
  ];
  const [, prose = ""] = section.split(exitCodesLine);
  return `${parts.join("\n\n")}\n\n${prose}`;
}

/** The page says once what these options of many commands mean. */
const { "--json": json, ...places } = configurationOptions;
const placesRow = [
  Object.keys(places)
    .map((flags) => `\`${flags}\``)
    .join(", "),
  "[variables](cli.md#where-commands-read-the-variables)",
];

function renderOptions(options: CommandDefinition["options"]): readonly (readonly string[])[] {
  const isPlace = ([flags, details]: readonly [string, unknown]) =>
    Object.entries(places).some(([each, text]) => each === flags && text === details);
  const entries = Object.entries(options);
  const hasPlaces = entries.filter(isPlace).length === Object.keys(places).length;
  const rows = entries
    .filter((entry) => entry[1] !== json && !(hasPlaces && isPlace(entry)))
    .map(([flags, details]) => [
      `\`${flags}\``,
      describeOption(typeof details === "string" ? { text: details } : details),
    ]);
  return hasPlaces ? [...rows, placesRow] : rows;
}

/** A line for a shell. What it does stands in a comment. */
function renderExample(example: string): string {
  return example.replace(/ {2,}(?=\S)/, " # ");
}

function describeOption(details: OptionDetails): string {
  const more = [
    ...(details.choices === undefined ? [] : [`one of ${details.choices.map((choice) => `\`${choice}\``).join(", ")}`]),
    ...(details.default === undefined ? [] : [`\`${details.default}\` by default`]),
    ...(details.isRequired ? ["required"] : []),
  ];
  return [mark(details.text), ...more].join("; ");
}

/** Flags, variables, files, quoted words, URLs on this machine and calls, which help shows as they are. */
const codes =
  /`[^`]+`|"[^"]*"|--[a-z][\w-]*|\b[A-Z]+(?:_[A-Z0-9]+)+\b|https?:\/\/[\w.:/-]*\w|\w+\(\)|[\w./]*\w\.(?:jsonc?|toml|sh|tf|pem|required)\b|\.(?:dev\.vars|env)\b|\[env\.NAME\]|\baccess_as_user\b|\benv\.NAME\b/g;

function mark(text: string): string {
  return text.replaceAll(codes, (code) => (code.startsWith("`") ? code : `\`${code}\``));
}
