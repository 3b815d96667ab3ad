import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { isRecord } from "../../base/common/objects.ts";

/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A client sends the input of a schema and gets its output. */
export type Direction = "input" | "output";

/** Keywords whose values are data, where `$ref` has no meaning. */
const dataKeywords = new Set(["const", "default", "enum", "example", "examples"]);
/** Keywords whose values are schemas by name. */
const mapKeywords = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/**
 * Gets the JSON Schema of a schema (https://standardschema.dev/json-schema).
 *
 * @throws the error of the schema, or a TypeError if it has no JSON Schema
 */
export function readJsonSchema(schema: StandardSchemaV1, direction: Direction): JsonSchema {
  const { jsonSchema } = schema["~standard"] as Partial<StandardJSONSchemaV1.Props>;
  if (jsonSchema === undefined) throw new TypeError("the schema has no ~standard.jsonSchema");
  const written: unknown = jsonSchema[direction]({ target: "draft-2020-12" });
  if (!isRecord(written)) throw new TypeError("~standard.jsonSchema returned no object");
  const { $schema: _, ...schemaOnly } = written;
  return schemaOnly;
}

/**
 * Moves a schema: adjusts its references to its own parts.
 *
 * @param place JSON Pointer of its new root, with `#` at the start
 */
export function moveSchema(schema: JsonSchema, place: string): JsonSchema {
  return move(schema, place) as JsonSchema;
}

function move(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((each) => move(each, place));
  if (!isRecord(schema)) return schema;
  return mapMembers(schema, (value, keyword) => {
    if (keyword === "$ref" && typeof value === "string" && value.startsWith("#")) return place + value.slice(1);
    if (dataKeywords.has(keyword)) return value;
    return mapKeywords.has(keyword) && isRecord(value)
      ? mapMembers(value, (each) => move(each, place))
      : move(value, place);
  });
}

function mapMembers(object: JsonSchema, change: (value: unknown, name: string) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}
