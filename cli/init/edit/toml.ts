import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "smol-toml";

/** Changes of Wrangler's configuration in TOML. */
export interface TomlChanges {
  /** Values at the top level. */
  readonly top?: Readonly<Record<string, string | boolean>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** Members of the top level to remove. */
  readonly removed?: readonly string[];
}

type Table = Record<string, unknown>;

const eol = /\r?\n/;
/** The first table ends the top level. */
const header = /^\s*\[/;

/**
 * Edits TOML line by line, so that comments and order stay as they are. It then parses the result, and compares it with
 * what was wanted.
 *
 * @returns `undefined` if these edits do not have the wanted result, for example because `vars` is an inline table
 */
export function editToml(text: string, changes: TomlChanges): string | undefined {
  const { top = {}, vars = {}, removed = [] } = changes;
  const wanted = parse(text) as Table;
  Object.assign(wanted, top);
  if (Object.keys(vars).length > 0) wanted.vars = { ...(wanted.vars as Table | undefined), ...vars };
  for (const name of removed) delete wanted[name];
  const lines = text.split(eol);
  for (const name of removed) removeTop(lines, name);
  setTop(lines, top);
  setVars(lines, vars);
  const result = lines.join(text.includes("\r\n") ? "\r\n" : "\n");
  try {
    return isDeepStrictEqual(parse(result), parse(stringify(wanted))) ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Writes changes as lines that a user can copy. */
export function writeToml({ top = {}, vars = {}, removed = [] }: TomlChanges): readonly string[] {
  return [
    ...removed.map((name) => `remove ${name}`),
    ...Object.entries(top).map(([name, value]) => assign(name, value)),
    ...(Object.keys(vars).length > 0 ? ["[vars]"] : []),
    ...Object.entries(vars).map(([name, value]) => assign(name, value)),
  ];
}

function assign(name: string, value: string | boolean): string {
  return `${name} = ${JSON.stringify(value)}`;
}

/** What follows the value of a line stays, such as a comment. */
const stringValue = /=\s*(?:"[^"]*"|'[^']*'|true|false)/;

/** Whether a line assigns a value to a name. */
function assigns(line: string, name: string): boolean {
  const [key, value] = line.split("=", 2);
  return value !== undefined && key?.trim() === name;
}

function endOfTop(lines: readonly string[]): number {
  const end = lines.findIndex((line) => header.test(line));
  return end === -1 ? lines.length : end;
}

function setTop(lines: string[], values: Readonly<Record<string, string | boolean>>): void {
  const added: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const found = lines.slice(0, endOfTop(lines)).findIndex((line) => assigns(line, name));
    const edited = lines[found]?.replace(stringValue, () => `= ${JSON.stringify(value)}`);
    if (edited === undefined) added.push(assign(name, value));
    else lines[found] = edited;
  }
  const usual = /^\s*(?:name|main|compatibility_date)\s*=/;
  const last = lines.slice(0, endOfTop(lines)).findLastIndex((line) => usual.test(line));
  lines.splice(last + 1, 0, ...added);
}

function setVars(lines: string[], vars: Readonly<Record<string, string>>): void {
  const start = lines.findIndex((line) => /^\s*\[\s*vars\s*\]/.test(line));
  const after = lines.findIndex((line, index) => index > start && header.test(line));
  const end = after === -1 ? lines.length : after;
  const added = Object.entries(vars).flatMap(([name, value]) => {
    const found = start === -1 ? -1 : lines.findIndex((line, at) => at > start && at < end && assigns(line, name));
    const edited = lines[found]?.replace(stringValue, () => `= ${JSON.stringify(value)}`);
    if (edited === undefined) return [assign(name, value)];
    lines[found] = edited;
    return [];
  });
  if (added.length === 0) return;
  if (start !== -1) {
    lines.splice(start + 1, 0, ...added);
    return;
  }
  while (lines.at(-1) === "") lines.pop();
  lines.push("", "[vars]", ...added, "");
}

/** Removes a member with all its lines. A list may have several. */
function removeTop(lines: string[], name: string): void {
  const start = lines.slice(0, endOfTop(lines)).findIndex((line) => assigns(line, name));
  if (start === -1) return;
  for (let end = start + 1; end <= lines.length; end += 1) {
    try {
      parse(lines.slice(start, end).join("\n"));
      lines.splice(start, end - start);
      return;
    } catch {
      // The value goes on in the next line.
    }
  }
}
