import type { CommandDefinition, OptionDetails } from "../../cli/common/command-definition.ts";
import { configurationOptions } from "../../cli/common/shared-options.ts";
import { commands } from "../../cli/main.ts";

/** The end of what a definition writes in the section of a command. All that follows is written by hand. */
const exitCodesHead = "| exit code | meaning |\n|---|---|\n";

/**
 * Writes docs/reference/cli.md: a section for each command, with the summary, the examples and the tables of its
 * definition. What is below these tables in the page stays, and so do the sections that are no command's.
 */
export function renderCommands(page: string): string {
  const [head = "", ...sections] = page.split(/^(?=## )/m);
  const byName = new Map(sections.map((section) => [/^## (.*)/.exec(section)?.[1] ?? "", section]));
  const definitions: readonly CommandDefinition[] = commands.map(({ definition }) => definition);
  const names = new Set(definitions.map(({ name }) => name));
  const others = [...byName].filter(([name]) => !names.has(name)).map(([, section]) => section);
  return [
    head,
    ...definitions.map((definition) => renderCommand(definition, byName.get(definition.name) ?? "")),
    ...others,
  ].join("");
}

function renderCommand(definition: CommandDefinition, section: string): string {
  const { name, summary, options, examples, exitCodes } = definition;
  const parts = [
    `## ${name}`,
    mark(summary),
    ["```sh", ...examples.map(renderExample), "```"].join("\n"),
    renderTable(
      "argument",
      (definition.arguments ?? []).map(({ name: argument, text }) => [`\`${argument}\``, mark(text)]),
    ),
    renderTable("option", renderOptions(options)),
    renderTable(
      "exit code",
      Object.entries(exitCodes).map(([code, meaning]) => [code, mark(meaning)]),
    ),
  ].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n\n${proseOf(section)}`;
}

/** What people wrote below the tables of a section. */
function proseOf(section: string): string {
  const start = section.indexOf(exitCodesHead);
  if (start < 0) return "";
  return section.slice(start + exitCodesHead.length).replace(/^(?:\|.*\n)+\n*/, "");
}

/** One row says where a command reads the configuration, because many commands read it there. */
const { "--json": _json, ...places } = configurationOptions;
const placesRow = [
  Object.keys(places)
    .map((flags) => `\`${flags}\``)
    .join(", "),
  "[where the variables are](#where-explain-and-doctor-read)",
];

function renderOptions(options: CommandDefinition["options"]): readonly (readonly string[])[] {
  const isPlace = ([flags, details]: readonly [string, unknown]) =>
    Object.entries(places).some(([each, text]) => each === flags && text === details);
  const entries = Object.entries(options);
  const hasPlaces = entries.filter(isPlace).length === Object.keys(places).length;
  const rows = entries
    .filter((entry) => !hasPlaces || !isPlace(entry))
    .map(([flags, details]) => [
      `\`${flags}\``,
      describeOption(typeof details === "string" ? { text: details } : details, options),
    ]);
  return hasPlaces ? [...rows, placesRow] : rows;
}

function renderTable(what: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return [`| ${what} | meaning |`, "|---|---|", ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

/** A line for a shell. What it does stands in a comment. */
function renderExample(example: string): string {
  return example.replace(/ {2,}(?=\S)/, " # ");
}

function describeOption(details: OptionDetails, options: CommandDefinition["options"]): string {
  const more = [
    ...(details.choices === undefined ? [] : [`one of ${details.choices.map((choice) => `\`${choice}\``).join(", ")}`]),
    ...(details.default === undefined ? [] : [`\`${details.default}\` by default`]),
    ...(details.isRequired ? ["required"] : []),
    ...(details.conflicts === undefined
      ? []
      : [`not with ${details.conflicts.map((member) => `\`${flagOf(member, options)}\``).join(", ")}`]),
  ];
  return [mark(details.text), ...more].join("; ");
}

/** The flag of a member: `--dry-run` of `dryRun`. */
function flagOf(member: string, options: CommandDefinition["options"]): string {
  const flag = `--${member.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (!Object.keys(options).some((flags) => flags.split(" ")[0] === flag)) throw new TypeError(`no option ${flag}`);
  return flag;
}

/** Flags, variables, files, quoted words, URLs on this machine and calls, which help shows as they are. */
const codes =
  /`[^`]+`|"[^"]*"|--[a-z][\w-]*|\b[A-Z]+(?:_[A-Z0-9]+)+\b|https?:\/\/[\w.:/-]*\w|\w+\(\)|[\w./]*\w\.(?:jsonc?|toml|sh|tf|pem|required)\b|\.(?:dev\.vars|env)\b|\[env\.NAME\]|\baccess_as_user\b|\benv\.NAME\b/g;

function mark(text: string): string {
  return text.replaceAll(codes, (code) => (code.startsWith("`") ? code : `\`${code}\``)).replaceAll("|", "\\|");
}
