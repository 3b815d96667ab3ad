import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Direction, type JsonSchema, moveSchema, readJsonSchema } from "./json-schema.ts";

/** Told of whatever the document cannot say; `cause` is what was thrown, where something was. */
export type ReportGap = (route: string, part: string, cause?: unknown) => void;

/** A schema in a document. */
export interface Described {
  /** To write where it is used: itself, or a reference to it. */
  readonly use: JsonSchema;
  /** The schema itself; `undefined` where it cannot say what it is, which has been reported. */
  readonly whole: JsonSchema | undefined;
}

/** The schemas of one document. */
export interface SchemaBook {
  /** For `components.schemas`. */
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** Describes one; a schema that cannot say what it is becomes `{}`, which is anything. */
  describe(schema: StandardSchemaV1, direction: Direction, owner: SchemaOwner): Described;
}

/** Where a schema is used. */
export interface SchemaOwner {
  readonly route: string;
  /** Unique to the route. */
  readonly id: string;
  /** `request.body`, `responses.200.body`. */
  readonly part: string;
}

/** Makes a book without schemas. */
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
      // Only what refers to its own parts needs a place of its own.
      if (JSON.stringify(moved) === JSON.stringify(written)) return { use: written, whole: written };
      components[name] = moved;
      return { use: { $ref }, whole: moved };
    },
  };
}
