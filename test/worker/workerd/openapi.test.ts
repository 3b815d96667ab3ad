import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument } from "../../support/openapi/read-document.ts";
import { type Stack, startStack } from "../../support/stack.ts";

const methods = ["get", "put", "post", "delete", "options", "head", "patch"];
const lines: string[] = [];

let stack: Stack;
let document: string;

beforeAll(async () => {
  const onGateLog = (line: string) => void lines.push(line);
  stack = await startStack({ gateEntry: "test/gates/documented.ts", onGateLog });
  document = await readDocument(stack);
});
afterAll(() => stack?.stop());

describe("the document of 40 routes", () => {
  it("is valid for a validator", async () => {
    expect(await new Validator().validate(JSON.parse(document))).toEqual({ valid: true });
  });

  it("has every route that OpenAPI can describe, and the log lists the others", () => {
    const items: object[] = Object.values(JSON.parse(document).paths);
    const operations = items.flatMap((item) => Object.keys(item)).filter((name) => methods.includes(name));
    expect(operations).toHaveLength(39);
    const gaps = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "openapi_gap");
    expect(gaps.map(({ route, part }) => `${route} ${part}`)).toEqual([
      "POST /notes request.body",
      "GET /dates/:day request.params",
      "GET /files/* path",
    ]);
  });

  it("is written once", async () => {
    const before = lines.length;
    expect(await readDocument(stack)).toBe(document);
    expect(lines.slice(before).filter((line) => line.includes("openapi_gap"))).toEqual([]);
  });
});
