import { readFileSync } from "node:fs";
import path from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import createClient from "openapi-fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { personas } from "../../../entra/directory/personas.ts";
import { digestDocument, readDocument } from "../../support/openapi/read-document.ts";
import { type Stack, startStack } from "../../support/stack.ts";
import type { paths } from "../openapi-client.d.ts";

const clientFile = path.resolve(import.meta.dirname, "../openapi-client.d.ts");
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

async function createCaller(query: string) {
  const token = await (await fetch(`${stack.entraUrl}/local/token?client=spa&scope=access_as_user&${query}`)).text();
  return createClient<paths>({ baseUrl: stack.gateUrl, headers: { authorization: `Bearer ${token}` } });
}

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

describe("a generated client with types", () => {
  it("matches this document; otherwise run tools/write-client-types.ts", () => {
    expect(readFileSync(clientFile, "utf8").split("\n")[0]).toContain(digestDocument(document));
  });

  it("calls the gate and reads its answers", async () => {
    const client = await createCaller("persona=admin");
    const ambiguous = await client.GET("/orders/{id}", { params: { path: { id: "7/8" } } });
    expect([ambiguous.response.status, ambiguous.error?.title]).toEqual([404, "Not Found"]);
    const order = await client.GET("/orders/{id}", { params: { path: { id: "7" } } });
    expect(order.data?.lines).toEqual([]);
    expect(order.data?.state).toBe("open");
    const list = await client.GET("/customers", { params: { query: { page: 2, tag: ["a", "b"] } } });
    expect(list.data).toEqual([]);
    const category = { name: "a", children: [{ name: "b", children: [] }] };
    expect((await client.POST("/categories", { body: category })).data).toEqual(category);
    expect((await client.GET("/legacy")).data?.by).toBe(personas.admin.oid);
  });

  it("reads refusals as problem details", async () => {
    const member = await createCaller("persona=member");
    const forbidden = await member.GET("/legacy");
    expect([forbidden.response.status, forbidden.error?.title]).toEqual([403, "Forbidden"]);
    const invalid = await member.POST("/categories", { body: { name: "a", children: [{ name: 7 } as never] } });
    expect(invalid.response.status).toBe(422);
    expect(invalid.error?.errors?.map((fault) => fault.path)).toContain("/children/0/name");
    const nobody = await createClient<paths>({ baseUrl: stack.gateUrl }).GET("/legacy");
    expect([nobody.response.status, nobody.error?.title]).toEqual([401, "Unauthorized"]);
  });
});
