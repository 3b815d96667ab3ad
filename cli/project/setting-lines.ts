import { findNodeAtLocation, parseTree } from "jsonc-parser";

/** Names from the top of a file: `["env", "production", "vars", "ENTRA_TENANT_ID"]`. */
export type SettingPath = readonly string[];

/**
 * Finds the line of a setting in a configuration of Wrangler, or in a file of variables.
 *
 * @param name of the file, whose ending says how it is written
 * @returns a number from 1; `undefined` if the text does not have the setting in a line of its own
 */
export function findSettingLine(name: string, text: string, path: SettingPath): number | undefined {
  if (/\.jsonc?$/.test(name)) return findJsonLine(text, path);
  return /\.toml$/.test(name) ? findTomlLine(text, path) : findVariableLine(text, path.at(-1) ?? "");
}

function findJsonLine(text: string, path: SettingPath): number | undefined {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree && findNodeAtLocation(tree, [...path]);
  // The parent of a member's value is the member, which begins at its name.
  return node && text.slice(0, (node.parent ?? node).offset).split("\n").length;
}

function findTomlLine(text: string, path: SettingPath): number | undefined {
  let table: SettingPath = [];
  const index = text.split("\n").findIndex((line) => {
    const [, header] = /^\s*\[([^[\]]+)\]/.exec(line) ?? [];
    if (header !== undefined) table = splitKey(header);
    const [, key] = header === undefined ? (/^\s*([\w."'-]+)\s*=/.exec(line) ?? []) : [];
    const found = key === undefined ? table : [...table, ...splitKey(key)];
    return (header ?? key) !== undefined && found.join("\n") === path.join("\n");
  });
  return index === -1 ? undefined : index + 1;
}

function splitKey(key: string): SettingPath {
  return key.split(".").map((part) => part.trim().replace(/^(["'])(.*)\1$/, "$2"));
}

function findVariableLine(text: string, name: string): number | undefined {
  const index = text.split("\n").findIndex((line) => /^\s*(?:export\s+)?([\w-]+)\s*=/.exec(line)?.[1] === name);
  return index === -1 ? undefined : index + 1;
}
