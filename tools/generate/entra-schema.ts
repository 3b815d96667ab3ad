import { readFileSync } from "node:fs";
import path from "node:path";

type JsonSchema = Readonly<Record<string, unknown>>;

const source = path.resolve(import.meta.dirname, "../../entra/directory/config.ts");
const comment = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?`;

/**
 * Writes the JSON Schema of the configuration from its types and their comments. It reads the forms of types that the
 * file uses, and throws for any other.
 */
export function renderEntraSchema(): string {
  const text = readFileSync(source, "utf8");
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Directory of a local Entra",
    ...readNamed(text, "DirectoryConfig"),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Reads the interface or the alias with a name. */
function readNamed(text: string, name: string): JsonSchema {
  const [, description, body] =
    new RegExp(`${comment}export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(text) ?? [];
  if (body !== undefined) return { ...describe(description), ...readMembers(text, body) };
  const [, type] = new RegExp(`^export type ${name} = ([^;]+);`, "m").exec(text) ?? [];
  if (type === undefined) throw new TypeError(`no type ${name} in ${source}`);
  return readType(text, type);
}

function readMembers(text: string, body: string): JsonSchema {
  const members = [...body.matchAll(new RegExp(`${comment}readonly (\\w+)(\\?)?: ([^;]+);`, "g"))];
  const required = members.filter(([, , , optional]) => optional === undefined).map(([, , name]) => name);
  const properties = members.map(([, description, name = "", , type = ""]) => [
    name,
    { ...readType(text, type), ...describe(description) },
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function describe(text: string | undefined): { readonly description?: string } {
  if (text === undefined) return {};
  return {
    description: text
      .replaceAll(/^\s*\* ?/gm, "")
      .replaceAll(/\s+/g, " ")
      .replaceAll("`", "")
      .trim(),
  };
}

function readType(text: string, written: string): JsonSchema {
  const type = written.trim();
  const [, item] = /^readonly (.+)\[\]$/.exec(type) ?? [];
  if (item !== undefined) return { type: "array", items: readType(text, item.replace(/^\((.*)\)$/, "$1")) };
  const [, value] = /^Readonly<Record<string, (.+)>>$/.exec(type) ?? [];
  if (value === "unknown") return { type: "object" };
  if (value !== undefined) return { type: "object", additionalProperties: readType(text, value) };
  const parts = type.split("|").map((part) => part.trim());
  if (parts.every((part) => /^(?:"[^"]*"|\d+)$/.test(part))) return { enum: parts.map((part) => JSON.parse(part)) };
  if (parts.length > 1) return { anyOf: parts.map((part) => readType(text, part)) };
  return type === "string" || type === "boolean" ? { type } : readNamed(text, type);
}
