import { readFileSync } from "node:fs";
import path from "node:path";
import { authorityVariables } from "../../src/core/config/authority-table.ts";
import * as table from "../../src/core/config/table.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = "docs/reference";

const rows: table.VariableTable = {
  ...table.knownVariables,
  ...table.downstreamVariables,
  ...table.revocationVariables,
  ...table.issuerVariables,
  ...table.mcpVariables,
  ...authorityVariables,
};

const files = ["src/core/config/table.ts", "src/core/config/authority-table.ts"];

/** Writes the tables of docs/reference/variables.md: each row of the source's tables, with the comment before it. */
export function renderVariables(page: string): string {
  const source = files.map((file) => readFileSync(path.join(root, file), "utf8")).join("");
  const sections = new Map<string, string[]>();
  let heading = "";
  for (const [, title, comment = "", name = ""] of source.matchAll(
    /^ {2}(?:\/\/ ## (.+)|\/\*\*([\s\S]*?)\*\/\n {2}"?([\w<>]+)"?: (?:\[|\w+Variables\.))/gm,
  )) {
    if (title === undefined) sections.get(heading)?.push(renderRow(name, comment));
    else {
      heading = title;
      if (!sections.has(title)) sections.set(title, []);
    }
  }
  return [...sections].reduce(replaceTable, page);
}

/** @throws TypeError if the page has no table below the heading */
function replaceTable(page: string, [heading, lines]: readonly [string, readonly string[]]): string {
  const place = new RegExp(`(^## ${heading}\\n(?:(?!## |\\|).*\\n)*)(?:\\|.*\\n)+`, "m");
  if (!place.test(page)) throw new TypeError(`${folder}/variables.md has no table below "## ${heading}"`);
  const head = ["| variable | type | meaning | default |", "|---|---|---|---|"];
  return page.replace(place, (_, before: string) => `${before}${[...head, ...lines].join("\n")}\n`);
}

/** @throws TypeError if the comment belongs to no row */
function renderRow(name: string, comment: string): string {
  const row = rows[name];
  if (row === undefined) throw new TypeError(`${name} has no row`);
  const text = comment
    .replaceAll(/^\s*\* ?/gm, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  const [, meaning = text, byDefault = defaultOf(row)] = /^(.*?\.) (?:Default: |(?=Required))(.*)\.$/.exec(text) ?? [];
  const cells = [
    `\`${name}\``,
    row[0] === "guids" ? "GUIDs" : row[0],
    link(meaning.replace(/\.$/, "")),
    link(byDefault.replace(/^Required/, "required")),
  ];
  return `| ${cells.join(" | ")} |`;
}

function defaultOf(row: table.VariableRow): string {
  if (row[0] === "word") return `\`${row[1][0]}\``;
  return row[0] === "flag" ? "`false`" : "none";
}

/** Marks names of variables, and makes links of paths of pages, with the heading that they lead to. */
function link(text: string): string {
  return text
    .replaceAll(/(?<![`\w])[A-Z]+(?:_[A-Z0-9]+)+(?![\w`])|(?<!`)\bORIGIN\b(?!`)/g, "`$&`")
    .replaceAll(/docs\/([\w/-]+\.md)(?:#([\w-]+))?/g, (_, page: string, anchor?: string) => {
      const headings = readFileSync(path.join(root, "docs", page), "utf8").match(/^#+ .*$/gm) ?? [];
      const title = headings.find((line) => anchor === undefined || slugOf(line) === anchor);
      if (title === undefined) throw new TypeError(`docs/${page} has no heading ${anchor}`);
      const target = path.relative(folder, `docs/${page}`);
      return `[${title.replace(/^#+ /, "").replaceAll("`", "")}](${target}${anchor === undefined ? "" : `#${anchor}`})`;
    });
}

function slugOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}
