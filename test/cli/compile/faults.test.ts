import { symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listNamedAuthorities, objectToUrl, readApi } from "../../../cli/compile/authority.ts";
import { compileDocument } from "../../../cli/compile/document.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import {
  compile,
  documentOf,
  entraScheme,
  faultsOf,
  login,
  operationOf,
  variables,
  type Wishes,
  withFiles,
} from "./support.ts";

const group = "96000000-0000-4000-8044-0000000000a1";

const reading = [{ entra: ["api://orders/orders.read"] }];
const good = { security: reading };
const at = "openapi.json#/paths/~1orders/get";
const flow = (tenant: string, name: string, host = login) => `${host}/${tenant}/oauth2/v2.0/${name}`;
const schemeAt = "openapi.json#/components/securitySchemes/entra";

/** A scheme with one URL. */
const appScheme = (tokenUrl: unknown, more: object = {}) => ({
  type: "oauth2",
  flows: { clientCredentials: { tokenUrl, scopes: { a: "" }, ...more } },
});
const ofScheme = (entra: object, openapi = "3.2.0") =>
  operationOf({ security: [{ entra: ["a"] }] }, { openapi, schemes: { entra } });
const key = { key: { type: "apiKey", in: "header", name: "x-key" } };
const bearer = { bearer: { type: "http", scheme: "bearer" } };

/** Variables of a second authority, and a document with a scheme for its callers. */
const customers = {
  ENTRA_CUSTOMERS_AUTHORITY: "https://contoso.ciamlogin.com",
  ENTRA_CUSTOMERS_TENANT_ID: tenants.fabrikam.id,
  ENTRA_CUSTOMERS_API_AUDIENCE: "api://customers",
};
const ofCustomers = (operation: object) =>
  operationOf(operation, {
    schemes: { customers: appScheme(flow(tenants.fabrikam.id, "token", customers.ENTRA_CUSTOMERS_AUTHORITY)) },
  });
const customersAt = "openapi.json#/components/securitySchemes/customers/flows/clientCredentials/tokenUrl";

type Row = readonly [what: string, document: object | string, faults: readonly string[], wishes?: Wishes];

const documents: readonly Row[] = [
  ["Swagger 2.0", { swagger: "2.0" }, ['openapi.json# is Swagger "2.0", which the command does not read']],
  ["an unknown version", { openapi: "3.3.0" }, ["openapi.json# is not a document of OpenAPI 3.0, 3.1 or 3.2"]],
  ["a list", "[]", ["openapi.json# is not a document of OpenAPI 3.0, 3.1 or 3.2"]],
  ["no paths", documentOf({}), ["openapi.json#/paths has no paths"]],
  [
    "paths without operations",
    documentOf({ "/orders": { summary: "" }, "x-note": {} }),
    ["openapi.json#/paths has no operations"],
  ],
  [
    "a misspelt member",
    documentOf({ "/orders": { get: good } }, { Security: [] }),
    ["openapi.json#/Security is not a member of an OpenAPI document"],
  ],
  ["a misspelt security", operationOf({ Security: [], ...good }), [`${at}/Security is not a member of an operation`]],
  [
    "a method in upper case",
    documentOf({ "/orders": { GET: {}, get: good } }),
    ["openapi.json#/paths/~1orders/GET is not a member of a path item"],
  ],
  [
    "a merge key of YAML",
    documentOf({ "/orders": { "<<": {}, get: good } }),
    ["openapi.json#/paths/~1orders/<< is not a member of a path item"],
  ],
  ["an operation that is a list", documentOf({ "/orders": { get: [] } }), [`${at} is not an operation`]],
  ["a path item that is a text", documentOf({ "/orders": "" }), ["openapi.json#/paths/~1orders is not a path item"]],
];

const syntax: readonly Row[] = [
  ["JSON that is none", '{"a":', [expect.stringMatching(/^openapi\.json# is not JSON: /)] as never],
  [
    "a repeated name in JSON",
    '{"a":{"b":1,\n"\\u0062":2}}',
    ['openapi.json# repeats the name "b" of an object in line 2'],
  ],
  ["nested JSON", "[".repeat(201) + "]".repeat(201), ["openapi.json# is nested deeper than 200 levels in line 1"]],
  ["YAML that is none", "a: [", [expect.stringMatching(/^a\.yaml# is not YAML 1\.2: /)] as never, { entry: "a.yaml" }],
  ["a repeated name in YAML", "a: 1\na: 2", ["a.yaml# repeats a name of an object in line 2"], { entry: "a.yaml" }],
  ["nested YAML", "[".repeat(300), ["a.yaml# is nested deeper than 200 levels in line 1"], { entry: "a.yaml" }],
  [
    "many aliases",
    `a: &a 1\nb: [${"*a,".repeat(1001)}]`,
    ["a.yaml# has more than 1000 aliases in line 2"],
    { entry: "a.yaml" },
  ],
  [
    "two documents",
    "a: 1\n---\nb: 1",
    [expect.stringMatching(/^a\.yaml# is not YAML 1\.2: /)] as never,
    { entry: "a.yaml" },
  ],
  [
    "a repeated name in another file",
    documentOf({ "/orders": { $ref: "b.yaml" } }),
    ["b.yaml# repeats a name of an object in line 2"],
    { files: { "b.yaml": "get: 1\nget: 2" } },
  ],
];

const requirements: readonly Row[] = [
  ["no security", operationOf({}), [`${at} has no security, and neither has the document`]],
  ["a security that is no list", operationOf({ security: {} }), [`${at}/security is not a list`]],
  ["an entry that is no object", operationOf({ security: ["entra"] }), [`${at}/security/0 is not an object`]],
  [
    "{} beside other entries",
    operationOf({ security: [...reading, {}] }),
    [`${at}/security/1 allows calls without a token beside other entries`],
  ],
  [
    "two {}",
    operationOf({ security: [{}, {}] }),
    [0, 1].map((index) => `${at}/security/${index} allows calls without a token beside other entries`),
  ],
  [
    "more than 200 entries",
    operationOf({ security: Array.from({ length: 201 }, () => reading[0]) }),
    [`${at}/security has more than 200 entries`],
  ],
  ["no names", operationOf({ security: [{ entra: [] }] }), [`${at}/security/0/entra names no scope and no role`]],
  [
    "names that are none",
    operationOf({ security: [{ entra: [1] }] }),
    [`${at}/security/0/entra is not a list of names`],
  ],
  [
    "more than 200 names",
    operationOf({ security: [{ entra: Array.from({ length: 201 }, () => "both") }] }),
    [`${at}/security/0/entra has more than 200 names`],
  ],
  [
    "an undeclared scheme",
    operationOf({ security: [{ other: ["a"] }] }),
    [`${at}/security/0/other is not a declared security scheme`],
  ],
  [
    "a scheme named as a member of every object",
    operationOf({ security: [{ toString: ["a"] }] }),
    [`${at}/security/0/toString is not a declared security scheme`],
  ],
  [
    "a scheme named __proto__",
    operationOf({ security: [JSON.parse('{"__proto__":["a"]}')] }),
    [`${at}/security/0/__proto__ is not a declared security scheme`],
  ],
  [
    "an undeclared name",
    operationOf({ security: [{ entra: ["orders.list"] }] }),
    [`${at}/security/0/entra/0 is "orders.list", which the scheme does not declare`],
  ],
  [
    "a name without its ID URI",
    operationOf({ security: [{ entra: ["orders.read"] }] }),
    [`${at}/security/0/entra/0 is "orders.read", which the scheme does not declare`],
  ],
  [
    "names of users and apps",
    operationOf({ security: [{ entra: ["orders.write", "Orders.Read"] }] }),
    [`${at}/security/0/entra mixes scopes of users with roles of apps`],
  ],
  [
    "a user and an app in two schemes",
    operationOf({ security: [{ entra: ["orders.write"], bearer: ["A"] }] }, { schemes: bearer }),
    [`${at}/security/0 wants a user and an app at once`],
  ],
  [
    "openid",
    operationOf({ security: [{ entra: ["openid"] }] }),
    [`${at}/security/0/entra/0 is "openid", which never occurs in scp of a token`],
  ],
  [
    ".default alone",
    operationOf({ security: [{ entra: ["api://orders/.default"] }] }),
    [`${at}/security/0/entra/0 does not say what a token must have`],
  ],
  [
    "a role of another API",
    ofScheme(appScheme(flow("common", "token"), { scopes: { "api://others/a": "" } })),
    [`${at}/security/0/entra/0 is "a", which the scheme does not declare`],
  ],
  [
    "the full name of another API's role",
    operationOf({ security: [{ bearer: ["api://others/a"] }] }, { schemes: bearer }),
    [
      `${at}/security/0/bearer/0 is "api://others/a", which is the full name, for requests to Entra. Tokens have the short name "a"`,
    ],
  ],
  [
    "a role with a wildcard",
    operationOf({ security: [{ bearer: ["a*"] }] }, { schemes: bearer }),
    [`${at}/security/0/bearer/0 is "a*", but wildcards are not supported`],
  ],
  ["a public operation", operationOf({ security: [] }), [`${at} is public`]],
  ["a public operation by {}", operationOf({ security: [{}] }), [`${at} is public`]],
  ["an operation that inherits that it is public", operationOf({}, { security: [] }), [`${at} is public`]],
  [
    "--public that matches none",
    operationOf(good),
    ["openapi.json#/paths has no public operation GET /orders, which --public names"],
    { open: ["GET /orders"] },
  ],
];

const extensions: readonly Row[] = [
  [
    "an unknown extension",
    operationOf({ ...good, "x-entra-role": ["A"] }),
    [`${at}/x-entra-role is not an extension of entra-gate`],
  ],
  [
    "extensions that are written in another way",
    operationOf({ ...good, "x-entraRoles": ["A"], "x-entra_acrs": ["c1"], "X-Entra-Agent": "never" }),
    ["x-entraRoles", "x-entra_acrs", "X-Entra-Agent"].map((name) => `${at}/${name} is not an extension of entra-gate`),
  ],
  [
    "roles for the whole document",
    operationOf(good, { info: { title: "", version: "", "x-entra-roles": ["A"] } }),
    ["openapi.json#/info/x-entra-roles has no effect here"],
  ],
  [
    "an extension in other letter case",
    operationOf({ ...good, "X-Entra-Roles": ["A"] }),
    [`${at}/X-Entra-Roles is not an extension of entra-gate`],
  ],
  [
    "an extension of a path item",
    documentOf({ "/orders": { get: good, "x-entra-roles": ["A"] } }),
    ["openapi.json#/paths/~1orders/x-entra-roles has no effect here"],
  ],
  [
    "an extension of the document",
    operationOf(good, { "x-entra-agent": "never" }),
    ["openapi.json#/x-entra-agent has no effect here"],
  ],
  [
    "an extension of a scheme",
    operationOf(good, { schemes: { other: { "x-entra-roles": ["A"] } } }),
    ["openapi.json#/components/securitySchemes/other/x-entra-roles has no effect here"],
  ],
  [
    "an extension of a flow",
    ofScheme(appScheme(flow("common", "token"), { "x-entra-roles": ["A"] })),
    [`${schemeAt}/flows/clientCredentials/x-entra-roles has no effect here`],
  ],
  [
    "an extension of a parameter",
    operationOf({ ...good, parameters: [{ in: "query", name: "limit", "x-entra-roles": ["A"] }] }),
    [`${at}/parameters/0/x-entra-roles has no effect here`],
  ],
  [
    "an extension of a response",
    operationOf({ ...good, responses: { 200: { description: "", "x-entra-role": ["A"] } } }),
    [`${at}/responses/200/x-entra-role is not an extension of entra-gate`],
  ],
  [
    "an extension of a schema",
    operationOf(good, {
      components: { securitySchemes: { entra: entraScheme }, schemas: { Order: { "x-entra-agent": "never" } } },
    }),
    ["openapi.json#/components/schemas/Order/x-entra-agent has no effect here"],
  ],
  [
    "an unknown extension of an operation of a webhook",
    operationOf(good, { webhooks: { created: { post: { "x-entra-role": ["A"] } } } }),
    ["openapi.json#/webhooks/created/post/x-entra-role is not an extension of entra-gate"],
  ],
  [
    "an extension of the paths",
    documentOf({ "/orders": { get: good }, "x-entra-roles": ["A"] }),
    ["openapi.json#/paths/x-entra-roles has no effect here"],
  ],
  [
    "an extension of a public operation",
    operationOf({ security: [], "x-entra-roles": ["A"] }),
    [`${at}/x-entra-roles has no effect on a public operation`],
    { open: ["GET /orders"] },
  ],
  [
    "an extension of a public operation beside its origin",
    operationOf({ security: [], "x-entra-origin": "billing", "x-entra-roles": ["A"] }),
    [`${at}/x-entra-roles has no effect on a public operation`],
    { open: ["GET /orders"] },
  ],
  ...["Billing", "billing-v2", "2billing", "", "billing_url", "zone "].map(
    (name): Row => [
      `an origin with the name ${JSON.stringify(name)}`,
      operationOf({ ...good, "x-entra-origin": name }),
      [`${at}/x-entra-origin is ${JSON.stringify(name)}, which is not the name of an origin`],
    ],
  ),
  ...[null, ["billing"], { entra: "billing" }].map(
    (value): Row => [
      `an origin whose name is ${JSON.stringify(value)}`,
      operationOf({ ...good, "x-entra-origin": value }),
      [`${at}/x-entra-origin is not the name of an origin`],
    ],
  ),
  [
    "origins of a document and a path item that have no such name, below which another is nearer",
    documentOf(
      { "/orders": { get: { ...good, "x-entra-origin": "billing" }, "x-entra-origin": "B" } },
      { "x-entra-origin": "A" },
    ),
    [
      'openapi.json#/x-entra-origin is "A", which is not the name of an origin',
      'openapi.json#/paths/~1orders/x-entra-origin is "B", which is not the name of an origin',
    ],
  ],
  ...(
    [
      ["the paths", documentOf({ "/orders": { get: good }, "x-entra-origin": "a" }), "/paths"],
      ["the information", operationOf(good, { info: { "x-entra-origin": "a" } }), "/info"],
      ["a server", operationOf(good, { servers: [{ url: "/", "x-entra-origin": "a" }] }), "/servers/0"],
      [
        "a response",
        operationOf({ ...good, responses: { 200: { "x-entra-origin": "a" } } }),
        "/paths/~1orders/get/responses/200",
      ],
      [
        "a callback",
        operationOf({ ...good, callbacks: { done: { "x-entra-origin": "a" } } }),
        "/paths/~1orders/get/callbacks/done",
      ],
      [
        "a schema",
        operationOf(good, {
          components: { securitySchemes: { entra: entraScheme }, schemas: { A: { "x-entra-origin": "a" } } },
        }),
        "/components/schemas/A",
      ],
    ] as const
  ).map(
    ([what, document, pointer]): Row => [
      `an origin of ${what}`,
      document,
      [`openapi.json#${pointer}/x-entra-origin has no effect here`],
    ],
  ),
  [
    "an origin of a path item and of the one that it refers to",
    documentOf({ "/orders": { $ref: "b.json", "x-entra-origin": "a" } }),
    ["b.json#/x-entra-origin is also a member of the path item that refers to this one"],
    { files: { "b.json": { get: good, "x-entra-origin": "b" } } },
  ],
  [
    "roles that are no list",
    operationOf({ ...good, "x-entra-roles": "A" }),
    [`${at}/x-entra-roles is not a list of names`],
  ],
  ["no roles", operationOf({ ...good, "x-entra-roles": [] }), [`${at}/x-entra-roles is not a list of names`]],
  [
    "a role of another API",
    operationOf({ ...good, "x-entra-roles": ["api://others/A"] }),
    [`${at}/x-entra-roles has "api://others/A", which is not a name in a token`],
  ],
  [
    "roles for a scheme that no entry has",
    operationOf({ ...good, "x-entra-roles": { other: ["A"] } }),
    [`${at}/security has no scheme other, which an extension names`],
  ],
  ["roles for no scheme", operationOf({ ...good, "x-entra-roles": {} }), [`${at}/x-entra-roles names no scheme`]],
  [
    "roles for a scheme that are not a list",
    operationOf({ ...good, "x-entra-roles": { entra: "A" } }),
    [`${at}/x-entra-roles/entra is not a list of names`],
  ],
  [
    "one extension for two schemes of an entry",
    operationOf(
      { security: [{ entra: ["both"], bearer: ["B"] }], "x-entra-roles": { entra: ["A"], bearer: ["C"] } },
      { schemes: { bearer: { type: "http", scheme: "bearer" } } },
    ),
    [`${at}/security/0 has two schemes that one extension names`],
  ],
  ...[[], "customers", ["Customers"], ["customers", 1], [""]].map(
    (from): Row => [
      `authorities ${JSON.stringify(from)}`,
      operationOf({ ...good, "x-entra-from": from }),
      [`${at}/x-entra-from is not a list of authorities`],
    ],
  ),
  [
    "a scheme of another authority than the operation names",
    ofCustomers({ security: [{ customers: ["a"] }] }),
    [`${customersAt} is of the authority customers, whose callers the operation does not admit`],
    { variables: customers },
  ],
  [
    "a scheme of default for callers of another authority",
    ofCustomers({ ...good, "x-entra-from": ["customers"] }),
    ["authorizationCode/authorizationUrl", "authorizationCode/tokenUrl", "clientCredentials/tokenUrl"].map(
      (url) => `${schemeAt}/flows/${url} is of the authority default, whose callers the operation does not admit`,
    ),
    { variables: customers },
  ],
  [
    "an authority without variables",
    ofCustomers({ security: [{ customers: ["a"] }], "x-entra-from": ["customers"] }),
    [`${customersAt} is for the authority customers, whose variables are missing`],
  ],
  [
    "the full name of a scope of another authority",
    operationOf(
      { security: [{ bearer: ["api://orders/a"] }], "x-entra-from": ["customers"] },
      { schemes: { bearer: { type: "http", scheme: "bearer" } } },
    ),
    [expect.stringMatching(/^.*security\/0\/bearer\/0 is "api:\/\/orders\/a", /)] as never,
    { variables: customers },
  ],
  ["an unknown choice", operationOf({ ...good, "x-entra-agent": "always" }), [`${at}/x-entra-agent is not a choice`]],
  [
    "no authentication context",
    operationOf({ ...good, "x-entra-acrs": ["c100"] }),
    [expect.stringMatching(/ is a requirement that no token meets: acrs /)] as never,
  ],
  [
    "a group by its name",
    operationOf({ ...good, "x-entra-any-group": ["Admins"] }),
    [expect.stringMatching(/x-entra-any-group has a value which is not the object ID of a group/)] as never,
  ],
  [
    "groups that are no list",
    operationOf({ ...good, "x-entra-groups": group }),
    [`${at}/x-entra-groups has a value which is not a list of groups`],
  ],
  [
    "a group twice",
    operationOf({ ...good, "x-entra-groups": [group, group] }),
    [`${at}/x-entra-groups has a group twice`],
  ],
  [
    "a group for an app",
    operationOf({ security: [{ entra: ["both"] }], "x-entra-groups": [group] }),
    [`${at}/security/0 allows apps, whose tokens cannot meet x-entra-groups`],
  ],
  [
    "a scope for an app",
    operationOf({ security: [{ entra: ["Orders.Read"] }], "x-entra-any-scope": ["a"] }),
    [`${at}/security/0 allows apps, whose tokens cannot meet x-entra-any-scope`],
  ],
  [
    "an authentication context for an app",
    operationOf({ security: [{ entra: ["both"] }], "x-entra-acrs": ["c1"] }),
    [`${at}/security/0 allows apps, whose tokens cannot meet x-entra-acrs`],
  ],
];

const url = `${schemeAt}/flows/clientCredentials/tokenUrl`;
const elsewhere = `is not at ${login}: the gate cannot check its tokens`;
const schemes: readonly Row[] = [
  ["no type", ofScheme({}), [`${schemeAt} is not a security scheme of OpenAPI`]],
  ["no flows", ofScheme({ type: "oauth2" }), [`${schemeAt} has no flows`]],
  [
    "an unknown flow",
    ofScheme({ type: "oauth2", flows: { accessCode: {} } }),
    [`${schemeAt}/flows/accessCode is not a flow of OAuth`],
  ],
  ["no URL", ofScheme(appScheme(undefined)), [`${url} is not a URL`]],
  ["a relative URL", ofScheme(appScheme("/common/oauth2/token")), [`${url} is not a URL`]],
  ["another provider", ofScheme(appScheme("https://login.contoso.com/common/oauth2/token")), [`${url} ${elsewhere}`]],
  [
    "another cloud",
    ofScheme(appScheme(flow("common", "token", "https://login.microsoftonline.us"))),
    [`${url} ${elsewhere}`],
  ],
  ["http", ofScheme(appScheme(flow("common", "token", "http://login.microsoftonline.com"))), [`${url} ${elsewhere}`]],
  [
    "a user name in a URL",
    ofScheme(appScheme(flow("common", "token", "https://a@login.microsoftonline.com"))),
    [`${url} ${elsewhere}`],
  ],
  ["another path", ofScheme(appScheme(`${login}/common/token`)), [`${url} is not an endpoint of Entra, v1.0 or v2.0`]],
  [
    "a query",
    ofScheme(appScheme(`${flow("common", "token")}?p=policy`)),
    [`${url} is not an endpoint of Entra, v1.0 or v2.0`],
  ],
  [
    "another tenant",
    ofScheme(appScheme(flow(tenants.fabrikam.id, "token"))),
    [`${url} is for the tenant ${tenants.fabrikam.id}, which the configuration does not allow`],
  ],
  [
    "a domain without its ID",
    ofScheme(appScheme(flow("contoso.com", "token"))),
    [`${url} names the tenant contoso.com without its ID`],
  ],
  [
    "a domain of another tenant",
    ofScheme(appScheme(flow("Contoso.com", "token"))),
    [`${url} is for the tenant ${tenants.fabrikam.id}, which the configuration does not allow`],
    { domains: new Map([["contoso.com", tenants.fabrikam.id]]) },
  ],
  [
    "one URL of several elsewhere",
    ofScheme(appScheme(flow("common", "token"), { refreshUrl: "https://a.example/token" })),
    [`${schemeAt}/flows/clientCredentials/refreshUrl ${elsewhere}`],
  ],
  [
    "metadata elsewhere",
    ofScheme({ ...appScheme(flow("common", "token")), oauth2MetadataUrl: "https://a.example" }),
    [`${schemeAt}/oauth2MetadataUrl ${elsewhere}`],
  ],
  [
    "OpenID Connect elsewhere",
    ofScheme({ type: "openIdConnect", openIdConnectUrl: "https://a.example" }),
    [`${schemeAt}/openIdConnectUrl ${elsewhere}`],
  ],
  [
    "roles of a bearer scheme in 3.0",
    ofScheme({ type: "http", scheme: "bearer" }, "3.0.0"),
    [`${at}/security/0/entra names roles of a bearer scheme, which OpenAPI 3.0 cannot`],
  ],
  [
    "an empty list of a bearer scheme",
    operationOf({ security: [{ bearer: [] }] }, { schemes: bearer }),
    [`${at}/security/0/bearer asks for a bearer token, but names no scope and no role`],
  ],
  [
    "an empty list of OAuth, which --scope does not concern",
    operationOf({ security: [{ entra: [] }, { bearer: [] }] }, { schemes: bearer }),
    [`${at}/security/0/entra names no scope and no role`],
    { bearerScopes: ["access_as_user"] },
  ],
  [
    "--scope without a bearer scheme",
    operationOf(good),
    ["openapi.json#/paths has no operation with an empty list of a bearer scheme, for which --scope is"],
    { bearerScopes: ["access_as_user"] },
  ],
  [
    "a role of a bearer scheme that is the required scope",
    operationOf({ security: [{ bearer: ["api://orders/access_as_user"] }] }, { schemes: bearer }),
    [
      `${at}/security/0/bearer/0 is "api://orders/access_as_user", a scope of ENTRA_REQUIRED_SCOPE, and a name of a bearer scheme is an app role`,
    ],
    { variables: { ENTRA_REQUIRED_SCOPE: "access_as_user" } },
  ],
  [
    "an API key alone",
    operationOf({ security: [{ key: [] }] }, { schemes: key }),
    [`${at}/security/0 needs only an API key, which the gate cannot check`],
  ],
  [
    "an API key alone that the origin checks",
    operationOf({ security: [{ key: [] }] }, { schemes: key }),
    [`${at}/security/0 needs only an API key, which the gate cannot check`],
    { originChecks: ["key"] },
  ],
  [
    "an API key beside Entra",
    operationOf({ security: [{ ...reading[0], key: [] }] }, { schemes: key }),
    [`${at}/security/0/key needs an API key, which the gate cannot check`],
  ],
  [
    "basic beside Entra",
    operationOf({ security: [{ ...reading[0], key: [] }] }, { schemes: { key: { type: "http", scheme: "basic" } } }),
    [`${at}/security/0/key needs HTTP basic, which the gate cannot check`],
  ],
  [
    "mutual TLS beside Entra",
    operationOf({ security: [{ ...reading[0], key: [] }] }, { schemes: { key: { type: "mutualTLS" } } }),
    [`${at}/security/0/key needs mutual TLS, which the gate cannot check`],
  ],
  [
    "--origin-checks of a scheme that the gate checks",
    operationOf(good),
    [
      "openapi.json#/paths has no operation that needs entra, which --origin-checks names, and that the gate cannot check",
    ],
    { originChecks: ["entra"] },
  ],
];

const otherFile = { openapi: "3.1.0", info: {}, paths: {}, item: { get: good } };
const names: readonly Row[] = [
  [
    "a scheme that another file declares otherwise",
    documentOf({ "/orders": { $ref: "b.json#/item" } }),
    ["b.json#/item/get/security/0/entra is another scheme in b.json than in openapi.json"],
    {
      files: {
        "b.json": {
          ...otherFile,
          components: {
            securitySchemes: {
              entra: { type: "openIdConnect", openIdConnectUrl: `${login}/common/.well-known/openid-configuration` },
            },
          },
        },
      },
    },
  ],
  [
    "a scheme that only another file declares",
    documentOf({ "/orders": { $ref: "b.json#/item" } }, { components: {} }),
    ["b.json#/item/get/security/0/entra is not a declared security scheme"],
    { files: { "b.json": { ...otherFile, components: { securitySchemes: { entra: entraScheme } } } } },
  ],
  [
    "security of another file",
    documentOf({ "/orders": { $ref: "b.json#/item" } }),
    ["b.json#/security could replace the security of openapi.json for this file"],
    { files: { "b.json": { ...otherFile, security: [] } } },
  ],
  [
    "an origin of another file",
    documentOf({ "/orders": { $ref: "b.json#/item" } }),
    ["b.json#/x-entra-origin could replace that of openapi.json for this file"],
    { files: { "b.json": { ...otherFile, "x-entra-origin": "billing" } } },
  ],
  [
    "a component that is also a file",
    operationOf({ security: reading }, { openapi: "3.2.0" }),
    [`${at}/security/0/entra is a component, and also the path of a file`],
    { files: { entra: "" } },
  ],
  [
    "a URI in 3.1",
    operationOf({ security: [{ "./b.json#/entra": ["both"] }] }),
    [`${at}/security/0/.~1b.json#~1entra is not a declared security scheme`],
    { files: { "b.json": { entra: entraScheme } } },
  ],
  [
    "a URI of the network in 3.2",
    operationOf({ security: [{ "https://a.example/b.json": ["both"] }] }, { openapi: "3.2.0" }),
    [`${at}/security/0/https:~1~1a.example~1b.json refers to another address, and the command reads no network`],
  ],
];

const pathAt = (template: string) => `openapi.json#/paths/${template.replaceAll("/", "~1")}`;
const ofPath = (template: string, problem: string): Row => [
  template,
  documentOf({ [template]: { get: good } }),
  [`${pathAt(template)} ${problem}`],
];
const item = "openapi.json#/paths/~1orders";
const paths: readonly Row[] = [
  ofPath("orders", "does not start with a slash"),
  ofPath("/orders?all=true", "has a query or a fragment, which are no part of a path"),
  ofPath("/orders#all", "has a query or a fragment, which are no part of a path"),
  ofPath("/orders/", "ends in a slash, which the gate refuses"),
  ofPath("/files/{name}.json", 'has the segment "{name}.json": a parameter of the gate is a whole segment'),
  ofPath(
    "/users/delta(token='{token}')",
    `has the segment "delta(token='{token}')": a parameter of the gate is a whole segment`,
  ),
  ofPath("/{a}/{a}", "has the parameter {a} twice"),
  ofPath("/orders/*", 'has the segment "*", which no route of the gate can have'),
  ofPath("/:orders", 'has the segment ":orders", which no route of the gate can have'),
  ofPath("/a%2fb", 'has the segment "a%2fb", which no route of the gate can have'),
  ofPath("/a/../b", 'has the segment "..", which no route of the gate can have'),
  ofPath("//a", 'has the segment "", which no route of the gate can have'),
  [
    "paths that differ only in parameter names",
    documentOf({ "/a/{b}": { get: good }, "/a/{c}": { put: good } }),
    [`${pathAt("/a/{c}")} matches the same requests as /a/{b}: only names of parameters or letter case differ`],
  ],
  [
    "paths whose templates have no route, without a second fault",
    documentOf({ "/{name}:open": { get: good }, "/{name}:close": { get: good } }),
    ["open", "close"].map(
      (verb) =>
        `${pathAt(`/{name}:${verb}`)} has the segment "{name}:${verb}": a parameter of the gate is a whole segment`,
    ),
  ],
  [
    "paths that differ only in letter case",
    documentOf({ "/a": { get: good }, "/A": { put: good } }),
    [`${pathAt("/A")} matches the same requests as /a: only names of parameters or letter case differ`],
  ],
  [
    "paths of which neither is more specific",
    documentOf({ "/{a}/me": { get: good }, "/books/{b}": { get: { security: [{ entra: ["both"] }] } } }),
    ["openapi.json#/paths has /books/:b and /:a/me: a GET request can match both, with different requirements"],
  ],
  [
    "paths of which neither is more specific, and that go to different origins",
    documentOf({ "/{a}/me": { get: good }, "/books/{b}": { get: good, "x-entra-origin": "books" } }),
    ["openapi.json#/paths has /books/:b and /:a/me: a GET request can match both, with different origins"],
  ],
  [
    "HEAD on such a path, with another origin than GET",
    documentOf({
      "/{a}/me": { get: good },
      "/books/{b}": { get: good, head: { ...good, "x-entra-origin": "books" } },
    }),
    ["openapi.json#/paths has /books/:b and /:a/me: a HEAD request can match both, with different origins"],
  ],
  ...["trace", "query", "additionalOperations"].map(
    (name): Row => [
      name,
      documentOf({ "/orders": { get: good, [name]: good } }, { openapi: "3.2.0" }),
      [`${item}/${name} is an operation that no route can serve`],
    ],
  ),
  [
    "different base paths",
    documentOf({ "/orders": { get: good } }, { servers: [{ url: "/v1" }, { url: "https://a.example" }] }),
    ["openapi.json#/servers/1/url has the base path /, and another server has /v1"],
  ],
  [
    "a base path of one operation",
    operationOf({ ...good, servers: [{ url: "/v1" }] }),
    [`${at}/servers/0/url has the base path /v1, and another server has /`],
  ],
  [
    "a base path of a path item",
    documentOf({ "/orders": { get: good, servers: [{ url: "/v1" }] } }),
    [`${item}/servers/0/url has the base path /v1, and another server has /`],
  ],
  [
    "a base path of another file",
    documentOf({ "/orders": { $ref: "b.json#/item" } }),
    ["b.json#/servers/0/url has the base path /v2, and another server has /"],
    { files: { "b.json": { ...otherFile, servers: [{ url: "/v2" }] } } },
  ],
  [
    "a variable in a base path",
    documentOf({ "/orders": { get: good } }, { servers: [{ url: "/{v}", variables: { v: { default: "v1" } } }] }),
    ["openapi.json#/servers/0/url has the variable {v} in its path"],
  ],
  [
    "a relative base path",
    documentOf({ "/orders": { get: good } }, { servers: [{ url: "v1" }] }),
    ["openapi.json#/servers/0/url is relative to a place that the command does not know"],
  ],
  [
    "a base path with a wildcard",
    documentOf({ "/orders": { get: good } }, { servers: [{ url: "/a/*" }] }),
    ["openapi.json#/servers/0/url has a path that no route can have"],
  ],
  [
    "servers that are no list",
    documentOf({ "/orders": { get: good } }, { servers: {} }),
    ["openapi.json#/servers is not a list"],
  ],
  [
    "a root below a base path",
    documentOf({ "/": { get: good } }, { servers: [{ url: "/v1" }] }),
    ["openapi.json#/paths/~1 is a path that ends in a slash below the base path"],
  ],
];

const refOf = ($ref: string) => documentOf({ "/orders": { $ref } });
const refAt = `${item}/$ref`;
const outside = "leads out of the folder of the document";
const noPath = "is not a relative path of a file";
const response = ($ref: string) => operationOf({ ...good, responses: { 200: { $ref } } });
const references: readonly Row[] = [
  ...["https://a.example/b.json", "//a.example/b", "file:///v1/orders.json", "data:,x", "urn:a"].map(
    (target): Row => [target, refOf(target), [`${refAt} refers to another address, and the command reads no network`]],
  ),
  ...["../b.json", "a/../../b.json", "%2e%2e/b.json", "..%2fb.json"].map(
    (target): Row => [target, refOf(target), [`${refAt} ${outside}`]],
  ),
  ...["/v1/orders.json", "a\\b.json", "b.json?x", "b%00", "%zz"].map(
    (target): Row => [target, refOf(target), [`${refAt} ${noPath}`]],
  ),
  [
    "a missing file",
    refOf("b.json"),
    [`${refAt} names b.json, which cannot be read: ENOENT: no such file or directory`],
  ],
  ["a folder", refOf("b"), [`${refAt} names b, which is not a file`], { files: { "b/c.json": "1" } }],
  ["a missing part", refOf("#/components/none"), [`${refAt} names a part that does not exist`]],
  ["a part of every object", refOf("#/components/constructor"), [`${refAt} names a part that does not exist`]],
  [
    "the length of a list",
    refOf("b.json#/length"),
    [`${refAt} names a part that does not exist`],
    { files: { "b.json": [] } },
  ],
  ["a malformed pointer", refOf("#/a~2"), [`${refAt} names a part that does not exist`]],
  ["a reference that is none", documentOf({ "/orders": { get: good, $ref: 1 } }), [`${refAt} is not a reference`]],
  [
    "a member on both sides of a reference",
    documentOf({ "/orders": { $ref: "b.json", get: good } }),
    ["b.json#/get is also a member of the path item that refers to this one"],
    { files: { "b.json": { get: good } } },
  ],
  ["a path item that refers to itself", refOf("#/paths/~1orders"), [`${refAt} leads to itself`]],
  [
    "path items that refer to each other",
    documentOf({ "/orders": { $ref: "b.json" } }),
    ["openapi.json#/paths/~1orders/$ref leads to itself"],
    { files: { "b.json": { $ref: "openapi.json#/paths/~1orders" } } },
  ],
  [
    "a response of the network",
    response("https://a.example/b"),
    [`${at}/responses/200/$ref refers to another address, and the command reads no network`],
  ],
  [
    "a cycle of responses",
    operationOf({ ...good, responses: { 200: { links: { a: { $ref: "#/paths/~1orders/get/responses/200" } } } } }),
    [`${at}/responses/200/links/a/$ref leads to itself`],
  ],
  [
    "a schema of the network",
    operationOf({
      ...good,
      responses: { 200: { content: { a: { schema: { properties: { default: { $ref: "http://a.example" } } } } } } },
    }),
    [
      `${at}/responses/200/content/a/schema/properties/default/$ref refers to another address, and the command reads no network`,
    ],
  ],
  [
    "a relative reference below $self",
    documentOf({ "/orders": { $ref: "b.json" } }, { openapi: "3.2.0", $self: "https://a.example/" }),
    [`${refAt} is relative to $self, which is not the place of this file`],
  ],
];

describe.each<readonly [string, readonly Row[]]>([
  ["documents", documents],
  ["syntax", syntax],
  ["requirements", requirements],
  ["extensions", extensions],
  ["schemes", schemes],
  ["names of schemes", names],
  ["paths", paths],
  ["references", references],
])("faults of %s", (_group, rows) => {
  it.each(rows.map(([what, document, faults, wishes]) => ({ what, document, faults, wishes })))(
    "$what",
    ({ document, faults, wishes }) => {
      expect(faultsOf(document, wishes)).toEqual(faults);
    },
  );
});

it("follows no data, and no schema with its own identifier", () => {
  const $ref = "https://a.example";
  const schema = { example: { $ref }, enum: [{ $ref }], properties: { a: { $id: "https://b.example", $ref } } };
  const content = { a: { schema, example: { $ref }, examples: { a: { value: { $ref } } } } };
  expect(faultsOf(operationOf({ ...good, "x-a": { $ref }, responses: { 200: { content } } }))).toEqual([]);
});

it("lets headers, properties, parameters and schemes have any name", () => {
  const schema = {
    properties: { "x-entra-a": {} },
    dependentRequired: { "x-entra-b": [] },
    default: { "x-entra-c": 1 },
  };
  const headers = { "x-entra-d": { schema } };
  const components = {
    securitySchemes: { "x-entra-e": entraScheme },
    parameters: { "x-entra-f": { in: "query", name: "f", schema } },
    schemas: { "x-entra-g": schema },
  };
  const operation = { security: [{ "x-entra-e": ["orders.write"] }], responses: { 200: { description: "", headers } } };
  expect(faultsOf(operationOf(operation, { components }))).toEqual([]);
});

it("lists all faults of a document at once", () => {
  const document = documentOf({ "/a": { get: {}, put: { security: [] } }, b: { $ref: "../c" } });
  expect(faultsOf(document)).toHaveLength(4);
});

it("reads no text that is not UTF-8", () => {
  const files = { "b.json": new Uint8Array([0x22, 0xff, 0x22]) };
  expect(faultsOf(refOf("b.json"), { files })).toEqual(["b.json# is not UTF-8"]);
});

it("reads no file outside the folder through a symbolic link", () => {
  const outer = { "b.json": { get: good }, "in/openapi.json": refOf("c.json") };
  withFiles(outer, (folder) => {
    symlinkSync("../b.json", path.join(folder, "in/c.json"));
    const choices = { api: readApi(variables), open: [], originChecks: [], domains: new Map() };
    const compiled = compileDocument(path.join(folder, "in"), "openapi.json", choices);
    expect("faults" in compiled && compiled.faults.map(({ problem }) => problem)).toEqual([outside]);
  });
});

it("accepts the endpoints of the configured authority, and of no other", () => {
  const tenant = tenants.contoso.id;
  const ENTRA_AUTHORITY = "https://contoso.ciamlogin.com";
  for (const host of [ENTRA_AUTHORITY, `https://${tenant}.ciamlogin.com`]) {
    expect(faultsOf(ofScheme(appScheme(flow(tenant, "token", host))), { variables: { ENTRA_AUTHORITY } })).toEqual([]);
  }
  expect(faultsOf(ofScheme(appScheme(flow(tenant, "token"))), { variables: { ENTRA_AUTHORITY } })).toHaveLength(1);
  // The issuer of an own domain can be at the host of the tenant. Clients must not be sent there: it may be blocked.
  const custom = { ENTRA_AUTHORITY: "https://login.contoso.com" };
  const atCustom = (host: string) => faultsOf(ofScheme(appScheme(flow(tenant, "token", host))), { variables: custom });
  expect(atCustom(custom.ENTRA_AUTHORITY)).toEqual([]);
  for (const host of [`https://${tenant}.ciamlogin.com`, login]) expect(atCustom(host)).toHaveLength(1);
  const domains = new Map([["contoso.com", tenant]]);
  expect(faultsOf(ofScheme(appScheme(flow("Contoso.com", "token"))), { domains })).toEqual([]);
  const multitenant = { ENTRA_TENANT_ID: "organizations" };
  expect(faultsOf(ofScheme(appScheme(flow("common", "token"))), { variables: multitenant })).toEqual([]);
  expect(faultsOf(ofScheme(appScheme(flow(tenant, "token"))), { variables: multitenant })).toHaveLength(1);
});

it.each([
  [{}, `${login}/${tenants.contoso.id}`],
  [{ ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id} ${tenants.fabrikam.id}` }, `${login}/organizations`],
  [{ ENTRA_CLOUD: "usgov" }, `https://login.microsoftonline.us/${tenants.contoso.id}`],
  [{ ENTRA_AUTHORITY: "http://127.0.0.1:8788" }, `http://127.0.0.1:8788/${tenants.contoso.id}`],
])("a fix names the endpoint and the tenant of the configuration: %j", (given, base) => {
  const elsewhere = "https://login.contoso.com/token";
  const urls = { authorizationUrl: elsewhere, tokenUrl: elsewhere, refreshUrl: elsewhere };
  const device = {
    deviceAuthorizationUrl: elsewhere,
    tokenUrl: flow(tenants.contoso.id, "token", new URL(base).origin),
  };
  const flows = {
    authorizationCode: { ...urls, scopes: { a: "" } },
    deviceAuthorization: { ...device, scopes: { a: "" } },
  };
  const entra = { type: "oauth2", flows, oauth2MetadataUrl: elsewhere };
  const compiled = compile(ofScheme(entra), { variables: given });
  if ("document" in compiled) throw new Error("the document has no fault");
  expect(compiled.faults.map(({ pointer, repair }) => [pointer.split("/").at(-1), repair])).toEqual([
    ["authorizationUrl", `Write ${base}/oauth2/v2.0/authorize, as your configuration says.`],
    ["tokenUrl", `Write ${base}/oauth2/v2.0/token, as your configuration says.`],
    ["refreshUrl", `Write ${base}/oauth2/v2.0/token, as your configuration says.`],
    ["deviceAuthorizationUrl", `Write ${base}/oauth2/v2.0/devicecode, as your configuration says.`],
    ["oauth2MetadataUrl", `Write ${base}/v2.0/.well-known/openid-configuration, as your configuration says.`],
  ]);
  for (const { repair, pointer } of compiled.faults) {
    const corrected = /https?:\S+(?=,)/.exec(repair)?.[0];
    const kind = pointer.endsWith("oauth2MetadataUrl") ? "metadata" : "token";
    expect(objectToUrl(corrected, kind, readApi({ ...variables, ...given }), ["default"], new Map())).toBeUndefined();
  }
});

it("takes no misspelled variable for one of an authority with a name", () => {
  const misspelled = ["ENTRA_ALLOWED_TENANT_ID", "ENTRA_DEFAULT_TENANT_ID"].map((name) => [name, tenants.fabrikam.id]);
  expect(listNamedAuthorities({ ...Object.fromEntries(misspelled), ...customers })).toEqual(["customers"]);
});
