import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readApi } from "../../../cli/compile/authority.ts";
import { compileDocument } from "../../../cli/compile/document.ts";
import { writeRoutes } from "../../../cli/compile/write-routes.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { expectRefusal, forbidden, notFound, unauthenticated } from "../../support/refusal.ts";
import { expectForwarded, present } from "../../support/rows.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const directory = mkdtempSync(path.join(tmpdir(), "compiled-"));
const login = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0`;
const components = `
  securitySchemes:
    entra:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: ${login}/authorize
          tokenUrl: ${login}/token
          scopes: { api://${api.clientId}/orders.read: Read orders }
        clientCredentials: { tokenUrl: ${login}/token, scopes: { Orders.Read.All: Read orders } }
`;
const document = `
openapi: 3.1.0
info: { title: Orders, version: "1" }
servers: [{ url: https://api.contoso.com/v1 }]
paths:
  /orders/{order-id}:
    parameters: [{ name: order-id, in: path, required: true, schema: { type: integer } }]
    put:
      security: [{ entra: [api://${api.clientId}/orders.read] }]
      parameters: [{ name: dry, in: query, schema: { type: boolean } }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
    get:
      security: [{ entra: [api://${api.clientId}/orders.read] }, { entra: [Orders.Read.All] }]
      parameters:
        - { name: least, in: query, schema: { type: integer, minimum: 50 } }
        - { name: share, in: query, schema: { type: number, maximum: 10 } }
        - { name: weight, in: query, schema: { type: number, format: double } }
        - { name: exact, in: query, schema: { type: boolean } }
        - { name: page, in: query, schema: { enum: [1, 2] } }
        - { name: parts, in: query, schema: { type: array, items: { type: integer } } }
  /orders:
    post:
      security: [{ entra: [api://${api.clientId}/orders.read] }]
      parameters: [{ name: X-Batch, in: header, required: true, schema: { type: integer, minimum: 1 } }]
      requestBody:
        required: true
        content: { application/x-www-form-urlencoded: { schema: { $ref: "#/components/schemas/Form" } } }
  /health:
    get: { security: [] }
components:
  schemas:
    Order:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: { type: string, maxLength: 3, pattern: "^[a-z]+$" }
        at: { type: string, format: date-time }
        kind: { enum: [a, { b: 1 }] }
        parts: { type: array, items: { $ref: "#/components/schemas/Order" } }
    Form:
      type: object
      required: [name]
      properties:
        name: { type: string, maxLength: 3 }
        count: { type: integer, minimum: 1 }
        tags: { type: array, maxItems: 2, items: { type: string } }${components}`;
/** In OpenAPI 3.0, what is beside a reference has no meaning. */
const oldDocument = `
openapi: 3.0.3
info: { title: Parts, version: "1" }
paths:
  /parts:
    post:
      security: [{ entra: [api://${api.clientId}/orders.read] }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Part" } } }
components:
  schemas:
    Part:
      type: object
      required: [id]
      properties:
        id: { $ref: "#/components/schemas/Text", readOnly: true }
        note: { $ref: "#/components/schemas/Text", maxLength: 3 }
    Text: { type: string }${components}`;

function save(name: string, text: string): string {
  const file = path.join(directory, name);
  const modules = { "entra-gate": "src/index.ts", "entra-gate/compiled": "src/app/compiled/compiled.ts" };
  const linked = text.replace(/ from "(entra-gate[^"]*)"/g, (_, name: keyof typeof modules) => {
    return ` from ${JSON.stringify(path.join(root, modules[name]))}`;
  });
  writeFileSync(file, linked);
  return file;
}

/** Saves a gate with the routes of a document. */
function compile(name: string, text: string, open: readonly string[] = []) {
  save(`${name}.yaml`, text);
  const compiled = compileDocument(directory, `${name}.yaml`, {
    api: readApi({ ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: api.clientId }),
    open,
    originChecks: [],
    domains: new Map(),
    validation: { bytesMaximum: 100_000 },
  });
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults));
  save(`${name}.routes.ts`, writeRoutes(compiled.document) ?? "");
  const worker = `import { createGate } from "entra-gate";
import { routes } from "./${name}.routes.ts";
export default createGate({ routes, unlisted: "reject" });`;
  return { entry: save(`${name}.worker.ts`, worker), vars: { ENTRA_REQUIRED_SCOPE: undefined } };
}

const fleet = await startFleetOf({
  compiled: compile("compiled", document, ["GET /health"]),
  old: compile("old", oldDocument),
});
afterAll(async () => {
  await fleet.stop();
  rmSync(directory, { recursive: true });
});

const ask = (options: Parameters<typeof present>[2], target: string) => present(fleet, "compiled", options, target);

const put = (target: string, body: string) => send("PUT", target, body, [["Content-Type", "application/json"]]);
const form = ["Content-Type", "application/x-www-form-urlencoded"] as const;

/** Sends a body as a caller with the scope. @returns the status, and the place and message of each error */
async function send(
  method: string,
  target: string,
  body: string | undefined,
  more: readonly (readonly [string, string])[],
  gate: "compiled" | "old" = "compiled",
): Promise<readonly unknown[]> {
  const { headers = [], ...request } = await present(fleet, gate, { scopes: ["orders.read"] }, target);
  const answer = await fleet.send(gate, {
    ...request,
    method,
    headers: [...headers, ...more],
    ...(body !== undefined && { body }),
  });
  if (answer.status === 200) return [200];
  const { errors = [] } = JSON.parse(answer.body) as { readonly errors?: readonly { path: string; message: string }[] };
  return [answer.status, ...errors.map(({ path, message }) => `${path} ${message}`)];
}

describe("a gate with the routes of a document", () => {
  it("forwards users with the scope, and apps with the role", async () => {
    await expectForwarded(fleet, "compiled", await ask({ scopes: ["orders.read"] }, "/v1/orders/1"));
    await expectForwarded(
      fleet,
      "compiled",
      await ask({ client: "daemon", roles: ["Orders.Read.All"] }, "/v1/orders/1"),
    );
  });

  it("refuses all other callers", async () => {
    const other = await ask({ scopes: ["orders.list"] }, "/v1/orders/1");
    await expectRefusal(fleet, "compiled", other, forbidden("scope_missing", "orders.read"));
    await expectRefusal(fleet, "compiled", { path: "/v1/orders/1" }, unauthenticated("credential_missing"));
  });

  it("forwards a public operation, and no other path", async () => {
    await expectForwarded(fleet, "compiled", { path: "/v1/health" });
    const elsewhere = await ask({ scopes: ["orders.read"] }, "/orders/1");
    await expectRefusal(fleet, "compiled", elsewhere, notFound("route_unlisted"));
  });
});

describe("a gate with the schemas of a document", () => {
  it.each([
    ["/v1/orders/1?dry=true", '{"name":"ab","at":"2026-11-28T12:00:00Z","parts":[{"name":"c"}]}', [200]],
    ["/v1/orders/1", '{"name":"ab","kind":{"b":1}}', [200]],
    ["/v1/orders/x", '{"name":"ab"}', [422, "/order_id must be integer"]],
    ["/v1/orders/1?dry=yes", '{"name":"ab"}', [422, "/dry must be boolean"]],
    [
      "/v1/orders/1",
      '{"name":"ab","parts":[{"name":"abcd"}]}',
      [422, "/parts/0/name must NOT have more than 3 characters"],
    ],
    ["/v1/orders/1", '{"name":"a","at":"today"}', [422, '/at must match format "date-time"']],
    ["/v1/orders/1", '{"name":"1"}', [422, '/name must match pattern "^[a-z]+$"']],
    ["/v1/orders/1", '{"name":"a","kind":{"b":2}}', [422, "/kind must be equal to one of the allowed values"]],
    ["/v1/orders/1", '{"name":"a","other":1}', [422, " must NOT have additional properties"]],
    ["/v1/orders/1", "", [422, " is required"]],
    ["/v1/orders/1?Dry=true", '{"name":"ab"}', [400, "/Dry is ambiguous: an origin could read another name"]],
  ])("answers PUT %s with %s", async (target, body, expected) => {
    expect(await put(target, body)).toEqual(expected);
  });

  it.each([
    ["name=ab&count=1&tags=a&tags=b", "2", [200]],
    ["name=abcd", "2", [422, "/name must NOT have more than 3 characters"]],
    ["name=ab&count=x", "2", [422, "/count must be integer"]],
    ["name=ab&count=1e2", "2", [422, "/count must be integer"]],
    ["name=ab&tags=a&tags=b&tags=c", "2", [422, "/tags must NOT have more than 2 items"]],
    ["count=1", "2", [422, " must have required property 'name'"]],
    ["name=ab", "0", [422, "/x-batch must be >= 1"]],
    ["name=ab", "many", [422, "/x-batch must be integer"]],
    ["name=ab", undefined, [422, " must have required property 'x-batch'"]],
  ])("answers the form %s with X-Batch %s with %s", async (body, batch, expected) => {
    const headers = batch === undefined ? [form] : [form, ["X-Batch", batch] as const];
    expect(await send("POST", "/v1/orders", body, headers)).toEqual(expected);
  });

  it.each([
    ["least=50&least=51", "/least must be integer"],
    ...["1e2", "1E2", "100.0", "%2B100", "100%20", "+100", "0100", "0x64", "1_00", "", "9007199254740993"].map(
      (text) => [`least=${text}`, "/least must be integer"],
    ),
    ["least=49", "/least must be >= 50"],
    ["share=5000e-3", "/share must be number"],
    ["share=%2B5", "/share must be number"],
    ["share=1e400", "/share must be number"],
    ["weight=1e400", "/weight must be number"],
    ["weight=0x10", "/weight must be number"],
    ["exact=1", "/exact must be boolean"],
    ["page=1e0", "/page must be equal to one of the allowed values"],
    ["parts=1&parts=1e2", "/parts/1 must be integer"],
  ] as [string, string][])("refuses the query %s, which an origin could read otherwise", async (query, issue) => {
    expect(await send("GET", `/v1/orders/1?${query}`, undefined, [])).toEqual([422, issue]);
  });

  it.each([
    "least=100",
    "share=-5.5",
    "share=0",
    "weight=1.0E7",
    "weight=1e-7",
    "exact=true",
    "page=2",
    "parts=-1&parts=0",
  ])("allows the query %s", async (query) => {
    expect(await send("GET", `/v1/orders/1?${query}`, undefined, [])).toEqual([200]);
  });

  it("refuses an integer with an exponent in a path and in a header", async () => {
    expect(await send("GET", "/v1/orders/1e2", undefined, [])).toEqual([422, "/order_id must be integer"]);
    const batch = ["X-Batch", "1e2"] as const;
    expect(await send("POST", "/v1/orders", "name=ab", [form, batch])).toEqual([422, "/x-batch must be integer"]);
  });

  it("requires a property that is read-only only beside a reference of OpenAPI 3.0", async () => {
    const json = ["Content-Type", "application/json"] as const;
    const post = async (body: string) => send("POST", "/parts", body, [json], "old");
    expect(await post('{"id":"1"}')).toEqual([200]);
    expect(await post('{"id":"1","note":"longer"}')).toEqual([200]);
    expect(await post("{}")).toEqual([422, " must have required property 'id'"]);
  });

  it("refuses a caller without the scope before it validates", async () => {
    const other = await ask({ scopes: ["orders.list"] }, "/v1/orders/1?dry=yes");
    await expectRefusal(fleet, "compiled", { ...other, method: "PUT" }, forbidden("scope_missing", "orders.read"));
  });
});
