import { describe, expect, it } from "vitest";
import * as z from "zod";
import { moveSchema, readJsonSchema } from "../../../src/extensions/openapi/json-schema.ts";
import { createSchemaBook } from "../../../src/extensions/openapi/schema-book.ts";

const place = "#/components/schemas/a";
const owner = { route: "POST /a", id: "postA", part: "request.body" };

describe("moveSchema", () => {
  it.each([
    [{ $ref: "#" }, { $ref: place }],
    [{ items: { $ref: "#/$defs/b" } }, { items: { $ref: `${place}/$defs/b` } }],
    [{ anyOf: [{ $ref: "#" }, {}] }, { anyOf: [{ $ref: place }, {}] }],
    [{ properties: { default: { $ref: "#" } } }, { properties: { default: { $ref: place } } }],
    [{ $defs: { const: { $ref: "#" } } }, { $defs: { const: { $ref: place } } }],
  ])("moves references: %j", (schema, moved) => {
    expect(moveSchema(schema, place)).toEqual(moved);
  });

  it.each([
    [{ const: { $ref: "#" } }],
    [{ enum: [{ $ref: "#" }], default: { $ref: "#" }, examples: [{ $ref: "#" }] }],
    [{ $ref: "https://schemas.contoso.example/order" }],
    [{ properties: { $ref: { type: "string" } } }],
  ])("does not change data, or references to other places: %j", (schema) => {
    expect(moveSchema(schema, place)).toEqual(schema);
  });
});

describe("readJsonSchema", () => {
  it("distinguishes input from output", () => {
    const schema = z.object({ page: z.string().transform(Number).pipe(z.number()), size: z.number().default(10) });
    expect(readJsonSchema(schema, "input")).toMatchObject({
      properties: { page: { type: "string" } },
      required: ["page"],
    });
    expect(readJsonSchema(schema, "output")).toMatchObject({
      properties: { page: { type: "number" } },
      required: ["page", "size"],
    });
    expect(readJsonSchema(schema, "input")).not.toHaveProperty("$schema");
  });

  it.each([[undefined], ["text"], [[]]])("refuses %j as a schema", (written) => {
    const jsonSchema = { input: () => written, output: () => written };
    const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ value: 1 }), jsonSchema } } as never;
    expect(() => readJsonSchema(schema, "input")).toThrow("returned no object");
  });
});

describe("a book of schemas", () => {
  it("has its own entry only for a schema that refers to itself", () => {
    const Tree = z.object({
      get children() {
        return z.array(Tree);
      },
    });
    const book = createSchemaBook(() => {});
    expect(book.describe(z.string(), "input", owner).use).toEqual({ type: "string" });
    expect(book.components).toEqual({});
    const { use } = book.describe(Tree, "input", owner);
    expect(use).toEqual({ $ref: "#/components/schemas/postA.request.body" });
    expect(book.components["postA.request.body"]).toMatchObject({ properties: { children: { items: use } } });
  });
});
