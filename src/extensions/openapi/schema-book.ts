import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Direction, type JsonSchema, moveSchema, readJsonSchema } from "./json-schema.ts";

/** Reports a part that the document cannot describe. `cause` is the exception, if there was one. */
export type ReportGap = (route: string, part: string, cause?: unknown) => void;

/** A schema in a document. */
export interface Described {
  /** What to write at the place of use: the schema itself, or a reference. */
  readonly use: JsonSchema;
  /** The schema itself; `undefined` if it has no JSON Schema, which has been reported. */
  readonly whole: JsonSchema | undefined;
}

/** The schemas of one document. */
export interface SchemaBook {
  /** For `components.schemas`. */
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** Describes a schema. A schema without a JSON Schema becomes `{}`, which allows anything. */
  describe(schema: StandardSchemaV1, direction: Direction, owner: SchemaOwner): Described;
}

/** The place of use of a schema. */
export interface SchemaOwner {
  readonly route: string;
  /** Unique to the route. */
  readonly id: string;
  /** `request.body`, `responses.200.body`. */
  readonly part: string;
}

/** Creates a book without schemas. */
export function createSchemaBook(report: ReportGap): SchemaBook {
  const components: Record<string, JsonSchema> = {};
  return {
    components,
    describe(schema, direction, { route, id, part }) {
      let written: JsonSchema;
      try {
        written = readJsonSchema(schema, direction);
      } catch (error) {
        report(route, part, error);
        return { use: {}, whole: undefined };
      }
      const name = `${id}.${part}`;
      const $ref = `#/components/schemas/${name}`;
      const moved = moveSchema(written, $ref);
      // Only schemas with references to their own parts need their own place.
      if (JSON.stringify(moved) === JSON.stringify(written)) return { use: written, whole: written };
      components[name] = moved;
      return { use: { $ref }, whole: moved };
    },
  };
}
