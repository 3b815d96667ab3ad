import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { App } from "../../../src/app/app.ts";
import {
  compile,
  declarationsOf,
  definitionsOf,
  documentOf,
  entraScheme,
  login,
  moduleOf,
  operationOf,
  routesOf,
  type Wishes,
} from "./support.ts";

const group = "96000000-0000-4000-8044-0000000000a1";

const reading = [{ entra: ["api://orders/orders.read"] }];
const route = (hooks: string) => [`method: "GET", path: "/orders", hooks: ${hooks}`];
const user = 'requireAuth("orders.read")';

describe("an operation becomes a route that requires", () => {
  const bearer = { schemes: { bearer: { type: "http", scheme: "Bearer" } } };
  const oidc = {
    schemes: {
      oidc: {
        type: "openIdConnect",
        openIdConnectUrl: `${login}/${tenants.contoso.id}/v2.0/.well-known/openid-configuration`,
      },
    },
  };
  it.each([
    ["a scope, without the ID URI of the API", { security: reading }, {}, user],
    [
      "all scopes of a list",
      { security: [{ entra: ["api://orders/orders.read", "orders.write"] }] },
      {},
      'requireAuth("orders.read", "orders.write")',
    ],
    [
      "one entry of the list",
      { security: [...reading, { entra: ["orders.write"] }] },
      {},
      `anyOf(${user}, requireAuth("orders.write"))`,
    ],
    ["each entry once", { security: [...reading, ...reading] }, {}, user],
    [
      "an app role",
      { security: [{ entra: ["Orders.Read"] }] },
      {},
      'requireAuth({ kind: "app", roles: ["Orders.Read"] })',
    ],
    [
      "a user or an app, if a name fits both",
      { security: [{ entra: ["both"] }] },
      {},
      'anyOf(requireAuth("both"), requireAuth({ kind: "app", roles: ["both"] }))',
    ],
    [
      "an app role of a bearer scheme",
      { security: [{ bearer: ["Orders.Read"] }] },
      bearer,
      'requireAuth({ kind: "app", roles: ["Orders.Read"] })',
    ],
    [
      "any name of OpenID Connect as a scope",
      { security: [{ oidc: ["orders.list"] }] },
      oidc,
      'requireAuth("orders.list")',
    ],
    [
      "all schemes of an object",
      { security: [{ entra: ["orders.write"], oidc: ["orders.list"] }] },
      oidc,
      'requireAuth("orders.write", "orders.list")',
    ],
    [
      "the roles of an app in two schemes",
      { security: [{ entra: ["both"], bearer: ["Other"] }] },
      bearer,
      'requireAuth({ kind: "app", roles: ["both", "Other"] })',
    ],
    [
      "roles of a user",
      { security: reading, "x-entra-roles": ["Admin"] },
      {},
      'requireAuth({ kind: "user", scopes: ["orders.read"], roles: ["Admin"] })',
    ],
    [
      "roles in place of .default",
      { security: [{ entra: ["api://orders/.default"] }], "x-entra-roles": ["Admin"] },
      {},
      'requireAuth({ kind: "app", roles: ["Admin"] })',
    ],
    [
      "one of several scopes",
      { security: reading, "x-entra-any-scope": ["api://orders/a", "b"] },
      {},
      'requireAuth({ kind: "user", scopes: ["orders.read"], anyScope: ["a", "b"] })',
    ],
    [
      "groups, all of them and one of them",
      { security: reading, "x-entra-groups": [group], "x-entra-any-group": { entra: [group] } },
      {},
      `requireAuth({ kind: "user", scopes: ["orders.read"], groups: ["${group}"], anyGroup: ["${group}"] })`,
    ],
    [
      "an authentication context",
      { security: reading, "x-entra-acrs": ["c1"] },
      {},
      'requireAuth({ kind: "user", scopes: ["orders.read"], acrs: ["c1"] })',
    ],
    [
      "authorities",
      { security: reading, "x-entra-from": ["default", "customers"] },
      {},
      'requireAuth({ kind: "user", scopes: ["orders.read"], from: ["default", "customers"] })',
    ],
    [
      "no agent",
      { security: reading, "x-entra-agent": "never" },
      {},
      'requireAuth({ kind: "user", scopes: ["orders.read"], agent: "never" })',
    ],
    [
      "extensions for the entries of a scheme",
      {
        security: [{ entra: ["orders.write"] }, { oidc: ["orders.list"] }, { bearer: ["Other"] }],
        "x-entra-roles": { oidc: ["Admin"] },
        "x-entra-acrs": { entra: ["c1"] },
        "x-entra-agent": { bearer: "only" },
      },
      { schemes: { ...oidc.schemes, ...bearer.schemes } },
      'anyOf(requireAuth({ kind: "user", scopes: ["orders.write"], acrs: ["c1"] }), requireAuth({ kind: "user", scopes: ["orders.list"], roles: ["Admin"] }), requireAuth({ kind: "app", roles: ["Other"], agent: "only" }))',
    ],
    ["what the document requires, if it has no security", {}, { security: reading }, user],
    [
      "its own security in place of the document's",
      { security: reading },
      { security: [{ entra: ["orders.write"] }] },
      user,
    ],
  ])("%s", (_what, operation, parts, hooks) => {
    expect(declarationsOf(operationOf(operation, parts))).toEqual(route(hooks));
  });

  it.each(["3.0.3", "3.1.0", "3.2.0"])(
    "the scope of --scope, for an empty list of a bearer scheme of OpenAPI %s",
    (openapi) => {
      const security = [{ bearer: [] }];
      const wishes = { bearerScopes: ["access_as_user"] };
      const declare = (operation: object) => declarationsOf(operationOf(operation, { ...bearer, openapi }), wishes);
      expect(declare({ security })).toEqual(route('requireAuth("access_as_user")'));
      expect(declare({ security, "x-entra-roles": ["Admin"] })).toEqual(
        route('requireAuth({ kind: "user", scopes: ["access_as_user"], roles: ["Admin"] })'),
      );
    },
  );

  it("nothing, if the author says that it is public", () => {
    for (const security of [[], [{}]]) {
      expect(declarationsOf(operationOf({ security }), { open: ["GET /orders"] })).toEqual([
        'method: "GET", path: "/orders", public: true',
      ]);
    }
  });

  it("only what the gate can check, if the origin checks the rest", () => {
    const parts = { schemes: { key: { type: "apiKey", in: "header", name: "x-key" } } };
    const security = [{ entra: ["api://orders/orders.read"], key: [] }];
    expect(declarationsOf(operationOf({ security }, parts), { originChecks: ["key"] })).toEqual(route(user));
  });
});

describe("an operation goes to the origin that is named", () => {
  /** Each route with the argument of `origin()`. */
  const targetsOf = (document: object, wishes?: Wishes) =>
    [...moduleOf(document, wishes).matchAll(/method: "(\w+)", path: "([^"]+)".*handler: origin\((.*)\) \}\);/g)].map(
      ([, method, own, argument]) => `${method} ${own} ${argument}`,
    );
  const get = { security: reading };
  const to = (origin: string) => ({ ...get, "x-entra-origin": origin });

  it("nearest, by the operation, its path item or the document", () => {
    const paths = {
      "/a": { get },
      "/b": { get, put: to("history"), "x-entra-origin": "billing" },
      "/c": { get: to("orders_v2") },
    };
    expect(targetsOf(documentOf(paths))).toEqual([
      "GET /a ",
      'GET /b { to: "billing" }',
      'PUT /b { to: "history" }',
      'GET /c { to: "orders_v2" }',
    ]);
    expect(targetsOf(documentOf(paths, { "x-entra-origin": "zone" }))).toEqual([
      'GET /a { to: "zone" }',
      'GET /b { to: "billing" }',
      'PUT /b { to: "history" }',
      'GET /c { to: "orders_v2" }',
    ]);
  });

  it("by a path item in another file, or one that callbacks share", () => {
    const files = { "b.json": { get, "x-entra-origin": "billing" } };
    expect(targetsOf(documentOf({ "/a": { $ref: "b.json" } }), { files })).toEqual(['GET /a { to: "billing" }']);
    expect(targetsOf(documentOf({ "/a": { $ref: "b.json", put: get } }), { files })).toEqual([
      'GET /a { to: "billing" }',
      'PUT /a { to: "billing" }',
    ]);
    const shared = { ...get, callbacks: { done: { "{$url}": { $ref: "b.json" } } } };
    const document = documentOf({ "/a": { $ref: "b.json" }, "/z": { get: shared } });
    expect(targetsOf(document, { files })).toEqual(['GET /a { to: "billing" }', "GET /z "]);
  });

  it("also if it is public", () => {
    const document = operationOf({ security: [], "x-entra-origin": "billing" });
    expect(targetsOf(document, { open: ["GET /orders"] })).toEqual(['GET /orders { to: "billing" }']);
  });

  it("in routes that a gate accepts", () => {
    const [definition] = definitionsOf(operationOf(to("billing")));
    expect(definition?.handler).toMatchObject({ to: "billing" });
    expect(routesOf(operationOf(to("billing")))).toBeInstanceOf(App);
  });
});

describe("the compiler reads", () => {
  it.each(["3.0.0", "3.0.4", "3.1.0", "3.1.2", "3.2.0", "3.2.1-rc1"])("OpenAPI %s", (openapi) => {
    expect(declarationsOf(operationOf({ security: reading }, { openapi }))).toEqual(route(user));
  });

  it("YAML, with aliases", () => {
    const text = `
openapi: 3.0.3
info: { title: Orders, version: "1" }
paths:
  /orders:
    get: &read { security: [{ entra: [orders.read] }], responses: {} }
    put: *read
components:
  securitySchemes:
    entra: { type: openIdConnect, openIdConnectUrl: "${login}/common/.well-known/openid-configuration" }`;
    const declarations = declarationsOf(text, { entry: "openapi.yaml" });
    expect(declarations).toEqual([...route(user), ...route(user).map((each) => each.replace("GET", "PUT"))]);
  });

  it("path items and schemes of other files, whose names come from the entry document", () => {
    const files = {
      "paths/orders.yaml": `get: { security: [{ entra: ["api://orders/orders.read"] }] }`,
      "paths/more.json": { paths: { "/x": { $ref: "../paths/orders.yaml" } } },
      "schemes.json": { "a/b": entraScheme },
    };
    const document = documentOf(
      { "/orders": { $ref: "./paths/more.json#/paths/~1x" } },
      { components: { securitySchemes: { entra: { $ref: "schemes.json#/a~1b" } } } },
    );
    expect(declarationsOf(document, { files })).toEqual(route(user));
    const compiled = compile(document, { files });
    expect("document" in compiled && compiled.document.files).toEqual([
      "openapi.json",
      "paths/more.json",
      "paths/orders.yaml",
      "schemes.json",
    ]);
  });

  it("a file of a schema, although it requires nothing", () => {
    const schema = { schema: { $ref: "./order.json" } };
    const responses = { 200: { content: { "application/json": schema } } };
    const files = { "order.json": { properties: { parent: { $ref: "#" } } } };
    expect(moduleOf(operationOf({ security: reading, responses }), { files })).toContain('"order.json"');
  });

  it("a scheme by its URI in OpenAPI 3.2", () => {
    const security = [{ "./schemes.json#/entra": ["orders.write"] }];
    const files = { "schemes.json": { entra: entraScheme } };
    const document = operationOf({ security }, { openapi: "3.2.0" });
    expect(declarationsOf(document, { files })).toEqual(route('requireAuth("orders.write")'));
  });

  it("a device flow of OpenAPI 3.2, whose names are scopes", () => {
    const flow = (name: string) => `${login}/${tenants.contoso.id}/oauth2/v2.0/${name}`;
    const urls = { deviceAuthorizationUrl: flow("devicecode"), tokenUrl: flow("token") };
    const entra = { type: "oauth2", flows: { deviceAuthorization: { ...urls, scopes: { a: "" } } } };
    const document = operationOf({ security: [{ entra: ["a"] }] }, { openapi: "3.2.0", schemes: { entra } });
    expect(declarationsOf(document)).toEqual(route('requireAuth("a")'));
  });

  it("the names of the API by its client ID, and by each of its URIs", () => {
    const name = (prefix: string) => `${prefix}orders.read`;
    for (const prefix of ["api://orders/", `api://${api.clientId}/`, `${api.clientId}/`, "api://mcp/"]) {
      const scopes = { [name(prefix)]: "" };
      const { authorizationCode } = entraScheme.flows;
      const entra = { type: "oauth2", flows: { authorizationCode: { ...authorizationCode, scopes } } };
      const document = operationOf({ security: [{ entra: [name(prefix)] }] }, { schemes: { entra } });
      expect(declarationsOf(document, { variables: { ENTRA_APP_ID_URI: "api://mcp" } })).toEqual(route(user));
    }
  });

  it("the path of the servers, and of the operations, in order", () => {
    const operation = { security: reading };
    const servers = [
      { url: "https://{region}.contoso.com/{version}/", variables: { version: { default: "v1", enum: ["v1"] } } },
      { url: "/v1" },
    ];
    const paths = {
      "/orders/{order-id}/lines/{1}": { get: operation, patch: operation, delete: operation },
      "/orders": { post: operation, get: operation },
      "/a.b~c(d)/{a-b}/{a_b}": { head: operation, options: operation, put: operation },
    };
    expect(declarationsOf(documentOf(paths, { servers })).map((each) => each.replace(/, hooks.*/, ""))).toEqual([
      'method: "HEAD", path: "/v1/a.b~c(d)/:p2/:p3"',
      'method: "OPTIONS", path: "/v1/a.b~c(d)/:p2/:p3"',
      'method: "PUT", path: "/v1/a.b~c(d)/:p2/:p3"',
      'method: "GET", path: "/v1/orders"',
      'method: "POST", path: "/v1/orders"',
      'method: "DELETE", path: "/v1/orders/:order_id/lines/:p2_1"',
      'method: "GET", path: "/v1/orders/:order_id/lines/:p2_1"',
      'method: "PATCH", path: "/v1/orders/:order_id/lines/:p2_1"',
    ]);
    expect(() => routesOf(documentOf(paths, { servers }))).not.toThrow();
  });
});

it("the module has one line for each route, and no character of the document outside strings", () => {
  const title = 'Orders"; throw 1; //\u2028\n*/';
  const text = moduleOf({ ...operationOf({ security: reading }), info: { title, version: "\u00e9" } });
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(text.split("\n")).toEqual([
    "// Written by `npx entra-gate compile`. Change the OpenAPI document instead, and run it again.",
    '// "openapi.json"',
    expect.stringMatching(/^\/\/ sha256 [0-9a-f]{64}$/),
    'import { App, origin, requireAuth } from "entra-gate";',
    "",
    "/** The operations of the document. Each forwards allowed requests to the origin. */",
    'export const routes = new App({ title: "Orders\\"; throw 1; //\\u2028\\n*/", version: "\\u00e9" });',
    "",
    `routes.route({ ${route(user)[0]}, handler: origin() });`,
    "",
  ]);
});

it("the digest follows each file", () => {
  const document = documentOf({ "/orders": { $ref: "orders.json" } });
  const digestOf = (files: Record<string, object | string>) => /sha256 (\w+)/.exec(moduleOf(document, { files }))?.[1];
  const get = { security: reading };
  const [one, same, other] = [{ get }, { get }, { get: { ...get, summary: "" } }].map((item) =>
    digestOf({ "orders.json": item, "unread.json": "{" }),
  );
  expect(one).toBe(same);
  expect(one).not.toBe(other);
});

describe("docs/how-to/take-policy-from-openapi.md shows", () => {
  const page = readFileSync(path.join(import.meta.dirname, "../../../docs/how-to/take-policy-from-openapi.md"), "utf8");
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
  const wishes = {
    entry: "openapi.yaml",
    variables: {
      ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
    },
  };
  const [yaml = ""] = blocks("yaml");

  it("the route of its document", () => {
    expect(moduleOf(yaml, wishes)).toContain(blocks("ts")[0]);
  });

  it("the faults of a public operation and of an empty list", () => {
    const more = yaml.replace(
      "paths:\n",
      "paths:\n  /health: { get: { security: [] } }\n  /orders: { post: { security: [{ entra: [] }] } }\n",
    );
    const compiled = compile(more, wishes);
    const lines = ("faults" in compiled ? compiled.faults : []).map(
      ({ file, pointer, problem, repair }) => `${file}#${pointer}\n  ${problem}\n  fix: ${repair}\n`,
    );
    expect(blocks("text")).toEqual([`${lines.join("")}2 faults. Nothing was written.\n`]);
  });
});
