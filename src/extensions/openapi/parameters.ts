import type { RequestSchemas } from "../../app/types/types.ts";
import { isRecord } from "../../base/common/objects.ts";
import type { JsonSchema } from "./json-schema.ts";

type Place = "path" | "query" | "header";

const places = { params: "path", query: "query", headers: "header" } as const satisfies Partial<
  Record<keyof RequestSchemas, Place>
>;
/** OpenAPI describes these headers elsewhere, and ignores them here. */
const headersSaidElsewhere = new Set(["accept", "content-type", "authorization"]);

/** Parts of a request that become parameters. */
export type ParameterPart = keyof typeof places;
export const parameterParts = ["params", "query", "headers"] as const;

/**
 * Lists the parameters of one part of a request.
 *
 * @param schema of the whole part
 * @returns one for each property; `undefined` if the schema has none
 */
export function listParameters(part: ParameterPart, schema: JsonSchema): readonly JsonSchema[] | undefined {
  const { properties, required } = schema;
  if (!isRecord(properties)) return undefined;
  const needed = Array.isArray(required) ? required : [];
  const place = places[part];
  return Object.entries(properties)
    .filter(([name]) => place !== "header" || !headersSaidElsewhere.has(name.toLowerCase()))
    .map(([name, own]) => ({
      name,
      in: place,
      ...(isRecord(own) && typeof own.description === "string" && { description: own.description }),
      required: place === "path" || needed.includes(name),
      schema: own,
    }));
}

/**
 * Lists the parameters of a path, with their names in the document.
 *
 * @param path as declared
 * @param names of the document's path, in order; another route may have named them
 * @param described descriptions from the schema of `params`
 */
export function listPathParameters(
  path: string,
  names: readonly string[],
  described: readonly JsonSchema[],
): readonly JsonSchema[] {
  return listNames(path).map((own, index) => {
    const found = described.find(({ name }) => name === own);
    return { in: "path", required: true, schema: { type: "string" }, ...found, name: names[index] ?? own };
  });
}

/** Returns the names of a path's parameters, in order. */
export function listNames(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}

/** Converts `/orders/:id` to `/orders/{id}`. */
export function writePath(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}
