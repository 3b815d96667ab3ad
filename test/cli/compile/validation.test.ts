import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type AnyNode, parse } from "acorn";
import { describe, expect, it } from "vitest";
import { Faults } from "../../../cli/compile/fault.ts";
import { checkRecursion } from "../../../cli/compile/recursion.ts";
import { ValidatorCompiler } from "../../../cli/compile/validators.ts";
import type { RequestSchemas } from "../../../src/app/types/types.ts";
import { definitionsOf, documentOf, entraScheme, faultsOf, moduleOf, type Wishes } from "./support.ts";

const validation = { bytesMaximum: 1024 * 1024 };
const security = [{ entra: ["orders.write"] }];
const at = "openapi.json#/paths/~1orders/post";

type Version = "3.0.3" | "3.1.0" | "3.2.0";

/** A document with `POST /orders`. */
const post = (operation: object, schemas: object = {}, openapi: Version = "3.1.0") => {
  const document = documentOf({ "/orders": { post: { security, ...operation } } }, { openapi }) as {
    readonly components: object;
  };
  return { ...document, components: { ...document.components, schemas } };
};
const withBody = (schema: unknown, schemas: object = {}, openapi: Version = "3.1.0", type = "application/json") =>
  post({ requestBody: { required: true, content: { [type]: { schema } } } }, schemas, openapi);
const withQuery = (schema: unknown, more: object = {}) =>
  post({ parameters: [{ name: "a", in: "query", schema, ...more }] });

/** The issues of a value, as `/path message`; none if it is valid. */
async function check(
  document: object,
  part: keyof RequestSchemas,
  value: unknown,
  wishes: Wishes = {},
): Promise<readonly string[]> {
  const [definition] = definitionsOf(document, { validation, ...wishes });
  const schemas = definition?.request as RequestSchemas;
  const schema = schemas[part] as StandardSchemaV1;
  const { issues } = await schema["~standard"].validate(value);
  return (issues ?? []).map(
    ({ path, message }) => `${(path ?? []).map((key) => `/${String(key)}`).join("")} ${message}`,
  );
}

describe("a parameter of", () => {
  it.each<[what: string, schema: unknown, more: object, good: readonly unknown[], bad: readonly unknown[]]>([
    ["an integer", { type: "integer", minimum: 1 }, {}, ["1", undefined], ["0", "1.5", "1e2", "a", "", ["1", "2"]]],
    ["a number", { type: "number", exclusiveMaximum: 2 }, {}, ["1.5", "-100"], ["2", "1,5", "-1e2", "1999e-3"]],
    ["a double", { type: "number", format: "double", maximum: 2 }, {}, ["1.5", "-1e2"], ["1e3"]],
    ["a float", { type: "number", format: "float" }, {}, ["1.0E7"], ["0x1p3"]],
    ["a boolean", { type: "boolean" }, {}, ["true", "false"], ["yes", "TRUE", ""]],
    ["a text", { type: "string", maxLength: 2 }, {}, ["", "ab", "12", "😀😀"], ["abc", ["a", "b"]]],
    ["a text that can be null in OpenAPI 3.1", { type: ["string", "null"], maxLength: 2 }, {}, ["ab"], ["abc"]],
    ["an enumeration without a type", { enum: [1, 2] }, {}, ["1"], ["3", "a", "1.0", "1e0"]],
    ["an enumeration of decimals without a type", { enum: [1, 0.5] }, {}, ["1", "0.5", "1.0"], ["5e-1"]],
    ["one value", { const: "a" }, {}, ["a"], ["b"]],
    [
      "a list",
      { type: "array", items: { type: "integer" }, maxItems: 2 },
      {},
      ["1", ["1", "2"]],
      [
        ["1", "a"],
        ["1", "2", "3"],
      ],
    ],
    ["a required text", { type: "string" }, { required: true }, [""], [undefined]],
    ["a text in all of one schema", { allOf: [{ type: "string", maxLength: 1 }] }, {}, ["a"], ["ab"]],
  ])("%s", async (_what, schema, more, good, bad) => {
    for (const [values, isGood] of [
      [good, true],
      [bad, false],
    ] as const) {
      for (const value of values) {
        const issues = await check(withQuery(schema, more), "query", value === undefined ? {} : { a: value });
        expect([value, issues.length === 0]).toEqual([value, isGood]);
      }
    }
  });

  it("a path, by the name of the route", async () => {
    const parameter = { name: "order-id", in: "path", required: true, schema: { type: "integer" } };
    const document = documentOf({ "/orders/{order-id}": { parameters: [parameter], get: { security } } });
    expect(await check(document, "params", { order_id: "1" })).toEqual([]);
    expect(await check(document, "params", { order_id: "a" })).toEqual(["/order_id must be integer"]);
  });

  it("a header, without regard to letter case", async () => {
    const parameters = [
      { name: "X-Trace", in: "header", required: true, schema: { type: "string", format: "uuid" } },
      { name: "Accept", in: "header", required: true, schema: { type: "string" } },
    ];
    expect(await check(post({ parameters }), "headers", { "x-trace": "a" })).toEqual([
      '/x-trace must match format "uuid"',
    ]);
    expect(await check(post({ parameters }), "headers", {})).toEqual([" must have required property 'x-trace'"]);
  });

  it("an operation, in place of a header of the path in another letter case", async () => {
    const own = { parameters: [{ name: "x-limit", in: "header", schema: { type: "integer" } }], security };
    const shared = [{ name: "X-Limit", in: "header", required: true, schema: { type: "string" } }];
    const document = documentOf({ "/orders": { parameters: shared, get: own } });
    expect(await check(document, "headers", {})).toEqual([]);
    expect(await check(document, "headers", { "x-limit": "a" })).toEqual(["/x-limit must be integer"]);
  });

  it("an operation, in place of that of the path", async () => {
    const shared = [
      { name: "a", in: "query", schema: { type: "integer" } },
      { name: "b", in: "query", schema: { type: "integer" } },
    ];
    const own = { parameters: [{ name: "a", in: "query", schema: { type: "string" } }], security };
    const document = documentOf({ "/orders": { parameters: shared, get: own } });
    expect(await check(document, "query", { a: "x", b: "1" })).toEqual([]);
    expect(await check(document, "query", { a: "x", b: "x" })).toEqual(["/b must be integer"]);
  });

  it("a component, and of a schema in another file", async () => {
    const files = {
      "parts.yaml":
        "limit: { name: a, in: query, schema: { $ref: '#/types/small' } }\ntypes: { small: { type: integer, maximum: 5 } }",
    };
    const document = post({ parameters: [{ $ref: "parts.yaml#/limit" }] });
    expect(await check(document, "query", { a: "6" }, { files })).toEqual(["/a must be <= 5"]);
  });
});

describe("a body", () => {
  const order = {
    type: "object",
    required: ["id", "name"],
    properties: {
      id: { type: "string", readOnly: true },
      name: { type: "string" },
      parts: { type: "array", items: { $ref: "#/components/schemas/Order" } },
    },
    additionalProperties: false,
  };
  const document = withBody({ $ref: "#/components/schemas/Order" }, { Order: order });

  it("of a recursive schema, without what only responses have", async () => {
    expect(await check(document, "body", { name: "a", parts: [{ name: "b", parts: [] }] })).toEqual([]);
    expect(await check(document, "body", { name: "a", parts: [{ name: 1 }] })).toEqual([
      "/parts/0/name must be string",
    ]);
    expect(await check(document, "body", { name: "a", more: 1 })).toEqual([" must NOT have additional properties"]);
  });

  it("whose property is read-only only beside a reference, of OpenAPI 3.0 and 3.1", async () => {
    const id = { $ref: "#/components/schemas/Id", readOnly: true };
    const schema = { type: "object", required: ["id"], properties: { id } };
    const ids: object[] = [{ type: "string" }, { type: "string", readOnly: true }];
    for (const [Id, old, current] of ids.map((each, at) => [each, at === 0 ? 1 : 0, 0] as const)) {
      expect(await check(withBody(schema, { Id }, "3.0.3"), "body", {})).toHaveLength(old);
      expect(await check(withBody(schema, { Id }, "3.1.0"), "body", {})).toHaveLength(current);
    }
  });

  it("of a form, whose properties beside a reference have no meaning in OpenAPI 3.0", async () => {
    const schema = { $ref: "#/components/schemas/Form", properties: { other: { type: "integer" } } };
    const components = { Form: { type: "object", properties: { name: { type: "string" } } } };
    const form = (version: Version) => withBody(schema, components, version, "application/x-www-form-urlencoded");
    expect(await check(form("3.0.3"), "body", { name: "a", other: "x" })).toEqual([]);
    expect(() => definitionsOf(form("3.1.0"), { validation })).toThrow("does not declare itself");
  });

  it("that is required, and one that is not", async () => {
    const optional = post({ requestBody: { content: { "application/json": { schema: {} } } } });
    expect(await check(document, "body", undefined)).toEqual([" is required"]);
    expect(await check(optional, "body", undefined)).toEqual([]);
  });

  it("has no members of the prototype", async () => {
    const schema = { type: "object", required: ["toString"], properties: { valueOf: { type: "string" } } };
    expect(await check(withBody(schema), "body", {})).toEqual([" must have required property 'toString'"]);
    expect(await check(withBody({ properties: { valueOf: { type: "string" } } }), "body", {})).toEqual([]);
  });

  it("of a form, whose fields have types", async () => {
    const schema = {
      type: "object",
      required: ["count"],
      properties: { count: { type: "integer" }, tags: { type: "array", items: { type: "string", maxLength: 1 } } },
      additionalProperties: false,
    };
    const form = withBody(schema, {}, "3.1.0", "application/x-www-form-urlencoded");
    expect(await check(form, "body", { count: "1", tags: "a" })).toEqual([]);
    expect(await check(form, "body", { count: "1", tags: ["a", "bb"] })).toEqual([
      "/tags/1 must NOT have more than 1 characters",
    ]);
    expect(await check(form, "body", { count: "1", other: "1" })).toEqual([" must NOT have additional properties"]);
    expect(definitionsOf(form, { validation })[0]?.accepts).toEqual(["application/x-www-form-urlencoded"]);
  });

  it("of several media types with one schema", () => {
    const media = { schema: { $ref: "#/components/schemas/Order" } };
    const content = { "application/json; charset=utf-8": media, "Application/Merge-Patch+JSON": media };
    const [definition] = definitionsOf(post({ requestBody: { content } }, { Order: order }), { validation });
    expect(definition?.accepts).toEqual(["application/json", "application/merge-patch+json"]);
  });
});

describe("a keyword of", () => {
  it.each<[what: string, version: Version, schema: unknown, good: readonly unknown[], bad: readonly unknown[]]>([
    ["OpenAPI 3.0: nullable", "3.0.3", { type: "string", nullable: true }, [null, "a"], [1]],
    ["OpenAPI 3.0: nullable without a type", "3.0.3", { nullable: true, maxLength: 1 }, [null, "a"], ["ab"]],
    [
      "OpenAPI 3.0: an enumeration without null",
      "3.0.3",
      { type: "string", nullable: true, enum: ["a"] },
      ["a"],
      [null],
    ],
    ["OpenAPI 3.0: not nullable", "3.0.3", { type: "string", nullable: false }, ["a"], [null]],
    ["OpenAPI 3.0: an exclusive bound", "3.0.3", { type: "number", minimum: 1, exclusiveMinimum: true }, [1.5], [1]],
    ["OpenAPI 3.0: an inclusive bound", "3.0.3", { maximum: 1, exclusiveMaximum: false }, [1], [1.5]],
    ["OpenAPI 3.0: exclusive without a bound", "3.0.3", { type: "number", exclusiveMaximum: true }, [9], ["a"]],
    ["OpenAPI 3.1: an exclusive bound", "3.1.0", { exclusiveMinimum: 1 }, [1.5], [1]],
    ["OpenAPI 3.1: types", "3.1.0", { type: ["integer", "null"] }, [1, null], ["a"]],
    [
      "OpenAPI 3.1: items by position",
      "3.1.0",
      { prefixItems: [{ type: "string" }], items: false },
      [["a"]],
      [[1], ["a", 2]],
    ],
    [
      "OpenAPI 3.1: what nothing else evaluated",
      "3.1.0",
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      [{ a: 1 }],
      [{ b: 1 }],
    ],
    [
      "OpenAPI 3.1: a condition",
      "3.1.0",
      JSON.parse('{"if":{"type":"string"},"then":{"maxLength":1},"else":{"minimum":1}}'),
      ["a", 1],
      ["ab", 0],
    ],
    ["OpenAPI 3.2: beside a reference", "3.2.0", { $ref: "#/components/schemas/A", maxLength: 1 }, ["a"], ["ab", 1]],
    [
      "OpenAPI 3.0: beside a reference, ignored",
      "3.0.3",
      { $ref: "#/components/schemas/A", maxLength: 1 },
      ["ab"],
      [1],
    ],
    [
      "JSON Schema: names by pattern",
      "3.1.0",
      { patternProperties: { "^a": { type: "string" } }, additionalProperties: false },
      [{ ab: "" }],
      [{ ab: 1 }, { b: 1 }],
    ],
    ["JSON Schema: equal items", "3.1.0", { items: { type: "string" }, uniqueItems: true }, [["a", "b"]], [["a", "a"]]],
    [
      "JSON Schema: equal objects",
      "3.1.0",
      { maxItems: 200, uniqueItems: true },
      [[{ a: 1 }, { a: 2 }]],
      [[{ a: 1 }, { a: 1 }]],
    ],
    ["JSON Schema: an object as value", "3.1.0", { const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }]],
    ["JSON Schema: a multiple, as a decimal", "3.1.0", { multipleOf: 0.01 }, [19.99, 4.35, 1e22, -0.07, 0], [0.005]],
    ["JSON Schema: a multiple of a large number", "3.1.0", { multipleOf: 0.5 }, [1e308], [0.75]],
    [
      "JSON Schema: names by pattern beside alternatives",
      "3.1.0",
      {
        type: "object",
        anyOf: [{ required: ["b"], properties: { b: { type: "string" } } }, { required: ["c"] }],
        patternProperties: { "^a": { type: "string" } },
      },
      [
        { b: "", a: "" },
        { c: 1, a: "" },
      ],
      [{ c: 1, a: 1 }],
    ],
    [
      "JSON Schema: names by pattern beside alternatives, in a schema that asks what is evaluated",
      "3.1.0",
      {
        unevaluatedProperties: false,
        properties: {
          d: {
            anyOf: [{ required: ["b"], properties: { b: { type: "string" } } }, { required: ["c"] }],
            patternProperties: { "^a": { type: "string" } },
          },
        },
      },
      [{ d: { c: 1, a: "" } }],
      [{ d: { c: 1, a: 1 } }, { a: 1 }],
    ],
    [
      "JSON Schema: an item anywhere, in a list shorter than the items by position",
      "3.1.0",
      { prefixItems: [true, { type: "string" }], contains: { const: "x" } },
      [["x"], ["a", "x"]],
      [["a"], [], ["a", "b"]],
    ],
    [
      "JSON Schema: equal items, in a list shorter than the items by position",
      "3.1.0",
      { prefixItems: [true, true, { type: "string" }], uniqueItems: true, maxItems: 9 },
      [["a", "b"]],
      [["a", "a"]],
    ],
    [
      "JSON Schema: an item anywhere, in a list after another",
      "3.1.0",
      { items: { contains: { const: "x" } } },
      [[["x"], ["x"]], []],
      [
        [["x"], []],
        [[], ["x"]],
        [["x"], ["a"]],
      ],
    ],
    ["JSON Schema: no value at all", "3.1.0", false, [], [1]],
    ["JSON Schema: a format that nothing checks", "3.1.0", { type: "string", format: "color" }, ["x"], [1]],
    ["JSON Schema: a text outside ASCII", "3.1.0", { enum: ["é\u2028", "😀"] }, ["é\u2028", "😀"], ["e"]],
  ])("%s", async (_what, version, schema, good, bad) => {
    const document = withBody(schema, { A: { type: "string" } }, version);
    for (const value of good) expect([value, await check(document, "body", value)]).toEqual([value, []]);
    for (const value of bad) expect([value, (await check(document, "body", value)).length]).toEqual([value, 1]);
  });
});

const body = `${at}/requestBody/content/application~1json/schema`;
const parameter = `${at}/parameters/0`;
const tree = (more: object) => ({ Tree: { type: "object", ...more } });
const toTree = { $ref: "#/components/schemas/Tree" };
const inTree = "openapi.json#/components/schemas/Tree";

describe("a fault is", () => {
  it.each<[what: string, document: object, faults: readonly string[]]>([
    [
      "a style of a query",
      withQuery({ type: "string" }, { style: "deepObject" }),
      [`${parameter}/style is "deepObject", which the gate cannot tell from encoded characters`],
    ],
    [
      "a list in one value",
      withQuery({ type: "array", items: { type: "string" } }, { explode: false }),
      [`${parameter}/explode puts a list into one value, whose commas the gate cannot tell from encoded ones`],
    ],
    [
      "an object in a query",
      withQuery({ type: "object" }),
      [`${parameter}/schema is an object, which the gate cannot read from text here`],
    ],
    [
      "a list of lists",
      withQuery({ type: "array", items: { type: "array" } }),
      [`${parameter}/schema/items is an array, which the gate cannot read from text here`],
    ],
    [
      "a list in a header",
      post({ parameters: [{ name: "a", in: "header", schema: { type: "array" } }] }),
      [`${parameter}/schema is an array, which the gate cannot read from text here`],
    ],
    ["no type", withQuery({}), [`${parameter}/schema has no type, so that the gate cannot read the value from text`]],
    [
      "two types",
      withQuery({ type: ["string", "integer"] }),
      [`${parameter}/schema has the types string and integer, so that the gate cannot read the value from text`],
    ],
    [
      "reserved characters",
      withQuery({ type: "string" }, { allowReserved: true }),
      [`${parameter}/allowReserved lets servers read different values`],
    ],
    [
      "an empty value",
      withQuery({ type: "string" }, { allowEmptyValue: true }),
      [`${parameter}/allowEmptyValue lets servers read different values`],
    ],
    [
      "content in a parameter",
      post({ parameters: [{ name: "a", in: "query", content: {} }] }),
      [`${parameter}/content is a text in another format, so that the gate cannot validate it`],
    ],
    [
      "a parameter without a schema",
      post({ parameters: [{ name: "a", in: "query" }] }),
      [`${parameter} has no schema, so that the gate cannot validate it`],
    ],
    [
      "a cookie",
      post({ parameters: [{ name: "a", in: "cookie", schema: {} }] }),
      [`${parameter}/in is in "cookie", which the gate does not validate`],
    ],
    [
      "a whole query",
      post({ parameters: [{ name: "a", in: "querystring", content: {} }] }, {}, "3.2.0"),
      [`${parameter}/in is in "querystring", which the gate does not validate`],
    ],
    [
      "a dangerous name",
      post({ parameters: [{ name: "__proto__", in: "query", schema: {} }] }),
      [`${parameter}/name is not a name that a request can have`],
    ],
    ["a parameter that is none", post({ parameters: [1] }), [`${parameter} is not a parameter`]],
    ["parameters that are no list", post({ parameters: {} }), [`${at}/parameters is not a list`]],
    [
      "two parameters of a name",
      post({
        parameters: [
          { name: "a", in: "query", schema: { type: "string" } },
          { name: "a", in: "query", schema: { type: "string" } },
        ],
      }),
      [`${at}/parameters/1 is declared twice in one list`],
    ],
    [
      "two headers of a name",
      post({
        parameters: [
          { name: "X-Limit", in: "header", required: true, schema: { type: "integer" } },
          { name: "x-limit", in: "header", schema: { type: "string" } },
        ],
      }),
      [`${at}/parameters/1 is declared twice in one list`],
    ],
    [
      "a parameter whose required is a text",
      withQuery({ type: "string" }, { required: "true" }),
      [`${parameter}/required is not true or false`],
    ],
    [
      "a list whose explode is a text",
      withQuery({ type: "array", items: { type: "string" } }, { explode: "false" }),
      [`${parameter}/explode is not true or false`],
    ],
    [
      "a body whose required is a text",
      post({ requestBody: { required: "true", content: { "application/json": { schema: {} } } } }),
      [`${at}/requestBody/required is not true or false`],
    ],
    [
      "a parameter that the path does not have",
      post({ parameters: [{ name: "a", in: "path", schema: { type: "string" } }] }),
      [`${parameter}/name is a, which the path does not have`],
    ],
    [
      "a part of the path without a parameter",
      documentOf({ "/a/{b}": { get: { security } } }),
      ["openapi.json#/paths/~1a~1{b}/get has no parameter for {b} of its path"],
    ],
    [
      "a body of GET",
      documentOf({ "/orders": { get: { security, requestBody: { content: {} } } } }),
      ["openapi.json#/paths/~1orders/get/requestBody is a body of GET, which servers may ignore"],
    ],
    ["a body that is none", post({ requestBody: {} }), [`${at}/requestBody is not a request body`]],
    [
      "a media type",
      withBody({}, {}, "3.1.0", "application/xml"),
      [`${at}/requestBody/content/application~1xml is a media type that the gate does not validate`],
    ],
    [
      "a multipart form",
      withBody({}, {}, "3.1.0", "multipart/form-data"),
      [`${at}/requestBody/content/multipart~1form-data is a media type that the gate does not validate`],
    ],
    [
      "a media type without a schema",
      post({ requestBody: { content: { "application/json": {} } } }),
      [`${at}/requestBody/content has a media type without a schema`],
    ],
    [
      "different schemas",
      post({
        requestBody: { content: { "application/json": { schema: true }, "application/a+json": { schema: {} } } },
      }),
      [`${at}/requestBody/content has media types with different schemas`],
    ],
    [
      "a form beside JSON",
      post({
        requestBody: {
          content: { "application/json": { schema: {} }, "application/x-www-form-urlencoded": { schema: {} } },
        },
      }),
      [`${at}/requestBody/content has media types with different schemas`],
    ],
    [
      "a form without properties",
      withBody({}, {}, "3.1.0", "application/x-www-form-urlencoded"),
      [`${at}/requestBody/content/application~1x-www-form-urlencoded/schema has no properties, which a form needs`],
    ],
    [
      "the encoding of a form",
      post({ requestBody: { content: { "application/x-www-form-urlencoded": { schema: {}, encoding: {} } } } }),
      [
        `${at}/requestBody/content/application~1x-www-form-urlencoded/encoding changes how fields are written, which the gate does not read`,
      ],
    ],
    ["a schema that is none", withBody(1), [`${body} is not a schema`]],
    ["true in OpenAPI 3.0", withBody(true, {}, "3.0.3"), [`${body} is not a schema`]],
    [
      "an unknown keyword",
      withBody({ maxlength: 1 }),
      [`${body}/maxlength is a keyword of schemas that the command does not know`],
    ],
    ["an identifier", withBody({ $id: "a" }), [`${body}/$id is a keyword of schemas that the command does not know`]],
    [
      "nullable in OpenAPI 3.1",
      withBody({ nullable: true }),
      [`${body}/nullable is a keyword of schemas that the command does not know`],
    ],
    [
      "a keyword of 3.1 in OpenAPI 3.0",
      withBody({ const: 1 }, {}, "3.0.3"),
      [`${body}/const is not a keyword of OpenAPI 3.0`],
    ],
    [
      "types in OpenAPI 3.0",
      withBody({ type: ["string"] }, {}, "3.0.3"),
      [`${body}/type is not a type of OpenAPI 3.0`],
    ],
    [
      "a bound as in 3.1 in OpenAPI 3.0",
      withBody({ exclusiveMinimum: 1 }, {}, "3.0.3"),
      [`${body}/exclusiveMinimum is not true or false`],
    ],
    ["nullable that is a text", withBody({ nullable: "true" }, {}, "3.0.3"), [`${body}/nullable is not true or false`]],
    [
      "a bound as in 3.0 in OpenAPI 3.1",
      withBody({ exclusiveMinimum: true }),
      [`${body}/exclusiveMinimum is not JSON Schema: it must be number`],
    ],
    [
      "a keyword with another value",
      withBody({ properties: { a: { maxLength: "1" } } }),
      [`${body}/properties/a/maxLength is not JSON Schema: it must be integer`],
    ],
    [
      "properties that are a list",
      withBody({ properties: [] }),
      [`${body}/properties is not JSON Schema: it must be object`],
    ],
    [
      "another dialect",
      withBody({ $schema: "http://json-schema.org/draft-07/schema#" }),
      [`${body}/$schema is another dialect than JSON Schema 2020-12`],
    ],
    [
      "another dialect of the document",
      { ...withBody({}), jsonSchemaDialect: "https://a.example/b" },
      ["openapi.json#/jsonSchemaDialect is another dialect than JSON Schema 2020-12"],
    ],
    ["an anchor", withBody({ $ref: "#order" }), [`${body}/$ref names an $anchor, which the command does not follow`]],
    [
      "a name that no body may have",
      withBody({ properties: JSON.parse('{"__proto__":{}}') }),
      [`${body}/properties/__proto__ has a name that the gate refuses in every body`],
    ],
    [
      "a pattern in exponential time",
      withBody({ pattern: "^(a+)+$" }),
      [
        `${body}/pattern has the pattern "^(a+)+$", which takes exponential time in some texts, and callers send the text`,
      ],
    ],
    [
      "a pattern in quadratic time",
      withBody({ pattern: "^a*a*$" }),
      [
        `${body}/pattern has the pattern "^a*a*$", which takes polynomial time in some texts, and callers send the text`,
      ],
    ],
    [
      "a pattern without a start",
      withBody({ pattern: "a+b" }),
      [`${body}/pattern has the pattern "a+b", which takes polynomial time in some texts, and callers send the text`],
    ],
    [
      "a pattern of names",
      withBody({ patternProperties: { "(a|a)*b": {} } }),
      [
        `${body}/patternProperties/(a|a)*b has the pattern "(a|a)*b", which takes exponential time in some texts, and callers send the text`,
      ],
    ],
    [
      "a pattern that recheck cannot decide",
      withBody({ pattern: "^(?=.*a)(?=.*b).*$" }),
      [
        `${body}/pattern has the pattern "^(?=.*a)(?=.*b).*$", which is too complex to show that its time grows no faster than its text`,
      ],
    ],
    [
      "a pattern that exhausts the stack of recheck",
      withBody({ pattern: `${"(".repeat(3_000)}a${")".repeat(3_000)}` }),
      [
        `${body}/pattern has the pattern "${"(".repeat(100)}…", which is too complex to show that its time grows no faster than its text`,
      ],
    ],
    [
      "a pattern that is none",
      withBody({ pattern: "[" }),
      [`${body}/pattern has the pattern "[", which is not a regular expression of JavaScript with the flag u`],
    ],
    [
      "unique objects without end",
      withBody({ uniqueItems: true, items: { type: "object" } }),
      [`${body}/uniqueItems compares every pair of items, of which a caller can send thousands`],
    ],
    [
      "a schema of itself",
      withBody(toTree, tree({ allOf: [toTree] })),
      [
        `${body} leads to itself without a step into the value, or checks a value by more than 500 schemas`,
        `${inTree} leads to itself without a step into the value, or checks a value by more than 500 schemas`,
      ],
    ],
    [
      "a member that two schemas check",
      withBody(toTree, tree({ anyOf: [{ properties: { a: toTree } }, { properties: { a: toTree } }] })),
      [`${inTree} is recursive, and checks a member in two ways that both lead back`],
    ],
    [
      "a member that a pattern checks too",
      withBody(toTree, tree({ properties: { a: toTree }, patternProperties: { "^a": toTree } })),
      [`${inTree} is recursive, and checks a member in two ways that both lead back`],
    ],
    [
      "items that contains checks too",
      withBody(toTree, tree({ items: toTree, contains: toTree })),
      [`${inTree} is recursive, and checks an item in two ways that both lead back`],
    ],
    [
      "the same in a schema below",
      withBody(toTree, tree({ properties: { a: { oneOf: [{ items: toTree }, { items: toTree }] } } })),
      [`${inTree} is recursive, and checks an item in two ways that both lead back`],
    ],
  ])("%s", (_what, document, faults) => {
    expect(faultsOf(document, { validation })).toEqual(faults);
  });

  it.each<[what: string, more: object]>([
    [
      "members of different names",
      { oneOf: [{ properties: { and: { items: toTree } } }, { properties: { or: { items: toTree } } }] },
    ],
    ["a member, and all others", { properties: { a: toTree }, additionalProperties: toTree }],
    ["items by position, and the rest", { prefixItems: [toTree, toTree], items: toTree }],
    ["a list in a member", { properties: { a: { items: toTree }, b: toTree } }],
  ])("not a recursive schema of %s", (_what, more) => {
    expect(faultsOf(withBody(toTree, tree(more)), { validation })).toEqual([]);
  });

  it("once, a chain of references that is too long for Ajv", () => {
    const length = 4_000;
    const chain = Object.fromEntries(
      Array.from({ length }, (_, index) => {
        const next = { $ref: `#/components/schemas/s${index + 1}` };
        return [`s${index}`, index + 1 < length ? { properties: { next } } : { type: "string" }];
      }),
    );
    const bodyOf = (index: number) => {
      const schema = { $ref: `#/components/schemas/s${index}` };
      return { post: { security, requestBody: { content: { "application/json": { schema } } } } };
    };
    const document = {
      ...documentOf({ "/a": bodyOf(0), "/b": bodyOf(1) }),
      components: { securitySchemes: { entra: entraScheme }, schemas: chain },
    };
    expect(faultsOf(document, { validation })).toEqual([
      expect.stringMatching(/\/schema leads to a chain of references that is too long for Ajv$/),
    ]);
  });

  it("all validators together above the limit, without compiling the rest", () => {
    const faults = new Faults();
    const compiler = new ValidatorCompiler(faults, 100_000, 1_500);
    const place = (pointer: string) => ({ file: "openapi.json", pointer, value: {} });
    const compile = (maxLength: number) => {
      const parts = [{ part: "body" as const, route: "POST /", schema: { maxLength }, place: place(`/${maxLength}`) }];
      return compiler.compile({ parts, accepts: [] }).parts.length;
    };
    expect([1, 2, 3, 4, 5, 1].map(compile)).toEqual([1, 1, 0, 0, 0, 1]);
    expect(faults.list().map(({ pointer, problem }) => `${pointer} ${problem}`)).toEqual([
      "/3 makes the validators of the document larger than 1500 bytes",
    ]);
  });

  it("the recursion of hundreds of schemas, in proportion to their number", () => {
    const size = 400;
    const definitions = new Map(
      Array.from({ length: size }, (_, index) => {
        const refs = [1, 2, 3, 4, 5].map((step) => [`p${step}`, { $ref: `s${(index * (step + 2) + step) % size}` }]);
        const schema = { type: "object", properties: Object.fromEntries(refs) };
        return [`s${index}`, { place: { file: "openapi.json", pointer: `/${index}`, value: {} }, schema }];
      }),
    );
    const faults = new Faults();
    const startMs = performance.now();
    checkRecursion(definitions, faults);
    expect(faults.list()).toEqual([]);
    // Time in proportion to the square of the number is two minutes.
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  it("a validator above the limit", () => {
    expect(faultsOf(withBody({ type: "string" }), { validation: { bytesMaximum: 100 } })).toEqual([
      expect.stringMatching(
        /^openapi\.json#.*\/schema has a validator of body with \d{3} bytes, and --max-schema-bytes is 100$/,
      ),
    ]);
  });

  it("none of the schemas if requests are not validated", () => {
    expect(faultsOf(withBody(1))).toEqual([]);
  });
});

describe("the module", () => {
  const hostile = 'require("fs");\n\'); eval("1") //` $'.concat("{x}\u2028");
  const schema = {
    type: "object",
    required: [hostile],
    properties: {
      [hostile]: { enum: [hostile, { [hostile]: 1 }], description: hostile },
      "const schema99 = {": { type: "string", maxLength: 3, pattern: "^[a-z\"'`]+$" },
      at: { type: "string", format: "date-time" },
    },
    additionalProperties: false,
  };

  it("has no require, eval or Function, and no import of another package", () => {
    const text = moduleOf(withBody(schema), { validation });
    const names: string[] = [];
    walk(parse(text, { ecmaVersion: "latest", sourceType: "module" }), (node) => {
      if (node.type === "Identifier") names.push(node.name);
      if (node.type === "ImportDeclaration") names.push(`from ${node.source.value}`);
      expect(node.type).not.toMatch(/^ImportExpression$|^TemplateLiteral$/);
    });
    expect(names.filter((name) => /^(?:require|eval|Function|globalThis|process|module|exports)$/.test(name))).toEqual(
      [],
    );
    expect(names.filter((name) => name.startsWith("from "))).toEqual(["from entra-gate", "from entra-gate/compiled"]);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it("validates by names and values that look like code", async () => {
    expect(await check(withBody(schema), "body", { [hostile]: hostile })).toEqual([]);
    expect(await check(withBody(schema), "body", { [hostile]: { [hostile]: 1 }, "const schema99 = {": "ab" })).toEqual(
      [],
    );
    expect(await check(withBody(schema), "body", { [hostile]: "other" })).toHaveLength(1);
    expect(await check(withBody(schema), "body", {})).toHaveLength(1);
  });

  it("shares the validator of equal schemas", () => {
    const operation = { security, requestBody: { content: { "application/json": { schema: { type: "string" } } } } };
    const text = moduleOf(documentOf({ "/a": { post: operation }, "/b": { post: operation } }), { validation });
    expect(text.match(/^function validate\d+\(/gm)).toHaveLength(2);
    const shared = { ...operation, requestBody: { $ref: "#/components/requestBodies/A" } };
    const document = documentOf({ "/a": { post: shared }, "/b": { post: shared } }) as { readonly components: object };
    const components = { ...document.components, requestBodies: { A: operation.requestBody } };
    expect(moduleOf({ ...document, components }, { validation }).match(/^function validate\d+\(/gm)).toHaveLength(1);
  });
});

function walk(node: AnyNode, visit: (node: AnyNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (typeof child?.type === "string") walk(child, visit);
  }
}

describe("what is evaluated", () => {
  const wide = { properties: { a: true } };
  it.each<[other: string, keyword: string, schema: object]>([
    ["oneOf", "unevaluatedProperties", { oneOf: [{ ...wide, required: ["a"] }, { properties: { b: true } }] }],
    ["anyOf", "unevaluatedProperties", { allOf: [{ anyOf: [wide, {}] }] }],
    ["if", "unevaluatedProperties", JSON.parse('{"if":{"properties":{"a":{"const":1}}},"else":{"required":["b"]}}')],
    ["dependentSchemas", "unevaluatedProperties", { dependentSchemas: { a: wide } }],
    ["patternProperties", "unevaluatedProperties", { patternProperties: { "^a": true } }],
    ["anyOf", "unevaluatedItems", { anyOf: [{ items: { type: "string" } }, { maxItems: 1 }] }],
    ["contains", "unevaluatedItems", { contains: { type: "string" } }],
  ])("is refused beside %s, for %s", (other, keyword, schema) => {
    expect(faultsOf(withBody({ ...schema, [keyword]: false }), { validation })).toEqual([
      `${at}/requestBody/content/application~1json/schema has ${keyword} beside ${other}, which the gate cannot evaluate together`,
    ]);
  });

  it("is refused beside a recursive schema, whose notes would stay for the next request", () => {
    const schemas = {
      Node: { properties: { name: true, one: { $ref: "#/components/schemas/One" } } },
      One: { $ref: "#/components/schemas/Node", properties: { extra: true }, unevaluatedProperties: false },
    };
    expect(faultsOf(withBody({ $ref: "#/components/schemas/Node" }, schemas), { validation })).toEqual([
      "openapi.json#/components/schemas/One has unevaluatedProperties beside a reference to a recursive schema, which the gate cannot evaluate together",
    ]);
  });
});

it("a form has no fields outside its properties", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "string" } },
    allOf: [{ properties: { n: { type: "integer" } } }],
  };
  const form = withBody(schema, {}, "3.1.0", "application/x-www-form-urlencoded");
  expect(faultsOf(form, { validation })).toEqual([
    `${at}/requestBody/content/application~1x-www-form-urlencoded/schema/allOf/0/properties/n is a field that the schema of the form does not declare itself`,
  ]);
});

it("a parameter has no schema that is all of itself", () => {
  const document = { ...withQuery({ $ref: "#/components/schemas/A" }) } as { components: object };
  const components = { ...document.components, schemas: { A: { allOf: [{ $ref: "#/components/schemas/A" }] } } };
  expect(faultsOf({ ...document, components }, { validation })).toEqual([
    "openapi.json#/components/schemas/A has no type, so that the gate cannot read the value from text",
  ]);
});

it.each([
  ["a cycle", "&a { properties: { x: *a } }"],
  [
    "a long chain",
    `{ $defs: { b0: &b0 {}, ${Array.from({ length: 300 }, (_, index) => `b${index + 1}: &b${index + 1} { not: *b${index} }`).join(", ")} } }`,
  ],
])("aliases of YAML do not make %s", (_what, schema) => {
  const entry = "openapi.yaml";
  expect(faultsOf(`openapi: 3.1.0\nx: ${schema}`, { entry, validation })).toEqual([
    `${entry}# is nested deeper than 200 levels`,
  ]);
});

it("aliases of YAML stand for no more than 100,000 values", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `b${index + 1}: &b${index + 1} [*b${index}, *b${index}]`);
  const text = ["openapi: 3.1.0", "b0: &b0 {}", ...lines].join("\n");
  expect(faultsOf(text, { entry: "openapi.yaml" })).toEqual([
    "openapi.yaml# has aliases that repeat more than 100000 values",
  ]);
});

it.each([
  ["https://api.contoso.com{base}", { base: { default: "/v1" } }, "has the variable {base}, whose values have a path"],
  ["https://api.contoso.com?v=1", {}, "has a path that no route can have"],
])("the server %s has no base path", (url, variables, problem) => {
  const document = documentOf({ "/orders": { get: { security } } }, { servers: [{ url, variables }] });
  expect(faultsOf(document)).toEqual([`openapi.json#/servers/0/url ${problem}`]);
});

it("HEAD and GET can match one request, of which neither is more specific", () => {
  const other = [{ entra: ["api://orders/orders.read"] }];
  const document = documentOf({ "/{a}/me": { get: { security } }, "/books/{id}": { head: { security: other } } });
  expect(faultsOf(document)).toEqual([
    "openapi.json#/paths has /books/:id and /:a/me: a HEAD request can match both, with different requirements",
  ]);
});

it("an extension among the responses has no effect", () => {
  const document = documentOf({ "/orders": { get: { security, responses: { "x-entra-roles": ["Admin"] } } } });
  expect(faultsOf(document)).toEqual(["openapi.json#/paths/~1orders/get/responses/x-entra-roles has no effect here"]);
});
