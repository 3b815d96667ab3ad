import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { importCommand, runIn } from "../support/package/command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(inject("consumer"), "mistakes");
const base = path.join(folder, "base");
const run = await importCommand(path.join(inject("consumer"), "node_modules/entra-gate"));

/** A change of one text in a file of a new project. */
interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

let copies = 0;

/** Makes a mistake in a copy of a new project, and runs a command there. */
function tryChange({ file, from, to }: Change, args: readonly string[] = ["doctor", "--offline"]) {
  copies += 1;
  const copy = path.join(folder, `copy-${copies}`);
  cpSync(base, copy, { recursive: true });
  const text = readFileSync(path.join(copy, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(
    path.join(copy, file),
    text.replace(from, () => to),
  );
  return runIn(copy, () => run(args));
}

/** A new project beside Wrangler, which has no mistake once a zone leads to it. */
beforeAll(async () => {
  mkdirSync(path.join(folder, "node_modules"), { recursive: true });
  symlinkSync(path.join(root, "node_modules/wrangler"), path.join(folder, "node_modules/wrangler"));
  const ids = ["4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"];
  await runIn(folder, () => run(["init", "base", "--yes", "--tenant", ids[0]!, "--audience", ids[1]!]));
  const file = path.join(base, "wrangler.jsonc");
  writeFileSync(file, readFileSync(file, "utf8").replace('// "routes": [', '"routes": ['));
});

it("has no fault and no warning before a mistake", async () => {
  const { status, output } = await runIn(base, () => run(["doctor", "--offline"]));
  expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining("Faults: 0. Warnings: 0.") });
});

const rule = 'requireAuth("access_as_user") }, ({';
const me = (to: string): Change => ({ file: "src/routes.ts", from: rule, to: `${to} }, ({` });
const route = (from: string, to: string): Change => ({ file: "src/routes.ts", from, to });
const last = (to: string): Change => route("origin());", to);
const gate = (to: string): Change => ({
  file: "src/worker.ts",
  from: 'createGate({ routes, unlisted: "reject" })',
  to: `createGate(${to})`,
});
const vars = (to: string): Change => ({
  file: "wrangler.jsonc",
  from: '"ENTRA_REQUIRED_SCOPE": "access_as_user"',
  to: `"ENTRA_REQUIRED_SCOPE": "access_as_user",\n    ${to}`,
});
const wrangler = (from: string, to: string): Change => ({ file: "wrangler.jsonc", from, to });

/** Each mistake with the user's line, what was wrong, and what a right one looks like. */
const inFiles: readonly (readonly [mistake: string, change: Change, place: string, wrong: string, right: string])[] = [
  [
    "an unknown member",
    me('requireAuth({ anyRoles: ["x"] })'),
    "src/routes.ts:6:28",
    'unknown member "anyRoles"',
    "anyRole,",
  ],
  [
    "a full scope name",
    me('requireAuth("api://orders/a.read")'),
    "src/routes.ts:6:28",
    '"api://orders/a.read"',
    '"a.read"',
  ],
  [
    "no scope",
    me("requireAuth()"),
    "src/routes.ts:6:28",
    "requireAuth must be called with scopes",
    'requireAuth("a", "b")',
  ],
  ["an empty scope", me('requireAuth("")'), "src/routes.ts:6:28", "a non-empty list", '{ scopes: ["…"] }'],
  [
    "a text for a list",
    me('requireAuth({ anyRole: "A" })'),
    "src/routes.ts:6:28",
    "anyRole of a requirement",
    '{ anyRole: ["…"] }',
  ],
  [
    "a group's name",
    me('requireAuth({ scopes: ["a"], groups: ["admins"] })'),
    "src/routes.ts:6:28",
    '"admins"',
    "az ad group show",
  ],
  [
    "only clients",
    me('requireAuth({ clients: ["a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"] })'),
    "src/routes.ts:6:28",
    "must have",
    "scopes, anyScope, roles or anyRole",
  ],
  [
    "an ID in upper case",
    me('requireAuth({ scopes: ["a"], clients: ["A86D3F17-2C9B-4E05-B7D4-59F1E0C2648A"] })'),
    "src/routes.ts:6:28",
    '"A86D3F17',
    '"a86d3f17',
  ],
  [
    "an unknown context",
    me('requireAuth({ scopes: ["a"], acrs: ["mfa"] })'),
    "src/routes.ts:6:28",
    '"mfa"',
    "c1 to c99",
  ],
  [
    "another choice",
    me('requireAuth({ scopes: ["a"], agent: "yes" })'),
    "src/routes.ts:6:28",
    "agent of a requirement",
    '"only" or "never"',
  ],
  [
    "scopes of an app",
    me('requireAuth({ kind: "app", scopes: ["a"] })'),
    "src/routes.ts:6:28",
    "kind app",
    "must not have scopes",
  ],
  ["a path without a slash", route('"/me"', '"me"'), "src/routes.ts:6:8", "route GET me", 'Write "/me"'],
  ["another framework's path", route('"/me"', '"/me/{id}"'), "src/routes.ts:6:8", "GET /me/{id}", 'Write "/me/:id"'],
  [
    "two equal routes",
    route('all("/api/*"', 'get("/me"'),
    "src/routes.ts:12:8",
    "already declared as GET /me",
    "another method or path",
  ],
  [
    "a rule in place of options",
    route('{ hooks: requireAuth("access_as_user") }, ({', 'requireAuth("a"), ({'),
    "src/routes.ts:6:8",
    "must be in the options",
    'get("/me", { hooks: requireAuth("…") }, handler)',
  ],
  [
    "no options",
    route('{ hooks: requireAuth("access_as_user") }, ({', "({"),
    "src/routes.ts:6:8",
    "the options are missing",
    'get("/me", { hooks: requireAuth("…") }, handler)',
  ],
  [
    "scopes beside hooks",
    route('{ hooks: requireAuth("access_as_user") }, ({', '{ scopes: ["a"] }, ({'),
    "src/routes.ts:6:8",
    'unknown member "scopes"',
    "hooks: requireAuth({ scopes: … })",
  ],
  [
    "a public route with a rule",
    route("{ hooks", "{ public: true, hooks"),
    "src/routes.ts:6:8",
    "public: true",
    "is not possible with requireAuth",
  ],
  [
    "an unknown status",
    route("{ hooks", "{ responses: { 700: {} }, hooks"),
    "src/routes.ts:6:8",
    "responses.700",
    "200 to 599",
  ],
  ["empty options of origin", last("origin({}));"), "src/routes.ts:12:64", "options are empty", "Write origin()"],
  [
    "an unknown option of origin",
    last('origin({ rewrite: "/x" }));'),
    "src/routes.ts:12:64",
    'unknown option "rewrite"',
    "Use one of to,",
  ],
  [
    "an App as a plugin",
    last("origin());\nroutes.register(new App());"),
    "src/routes.ts:13:8",
    "an App is not a plugin",
    "register((orders) => { … }",
  ],
  [
    "a method in lower case",
    last('origin());\nroutes.route({ method: "get", path: "/x", handler: origin() });'),
    "src/routes.ts:13:8",
    "route get /x",
    "GET, POST",
  ],
  [
    "a group without a slash",
    last('origin());\nroutes.group("v1", {}, () => {});'),
    "src/routes.ts:13:8",
    "prefix must look like",
    "/orders/:id",
  ],
  ["a missing bracket", last("origin();"), "src/routes.ts:12:", 'found ";"', 'Expected ")"'],
  [
    "a package that is not there",
    route('from "entra-gate";', 'from "entra-gate";\nimport "zodd";'),
    "src/routes.ts:2:",
    "zodd is not installed",
    "npm install zodd",
  ],
  [
    "another name of an export",
    route("export const routes", "export const route"),
    "src/worker.ts:2:",
    'No matching export in "',
    'src/routes.ts" for import "routes"',
  ],
  [
    "an unknown option of the gate",
    gate('{ routes, unlist: "reject" }'),
    "src/worker.ts:5:16",
    'unknown option "unlist"',
    "unlisted",
  ],
  [
    "another value of an option",
    gate('{ routes, unlisted: "deny" }'),
    "src/worker.ts:5:16",
    "unlisted must be",
    '"guard" or "reject"',
  ],
  [
    "an App in place of options",
    gate("routes"),
    "src/worker.ts:5:16",
    "the App must be an option",
    "createGate({ routes: app })",
  ],
  ["a list of routes", gate("{ routes: [] }"), "src/worker.ts:5:16", "routes must be an App", "new App().route"],
  [
    "an unknown tenant",
    wrangler('"4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2"', '"common"'),
    "wrangler.jsonc:20",
    '"common"',
    '"11111111-2222-3333-4444-555555555555"',
  ],
  [
    "no audience",
    wrangler('"ENTRA_API_AUDIENCE": "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",', ""),
    "wrangler.jsonc:19",
    "ENTRA_API_AUDIENCE is missing",
    '"ENTRA_API_AUDIENCE": "2222',
  ],
  [
    "a misspelt variable",
    vars('"ENTRA_REQUIRED_ROLES": "A"'),
    "wrangler.jsonc:23",
    "ENTRA_REQUIRED_ROLES is not a variable",
    "ENTRA_REQUIRED_ROLE?",
  ],
  [
    "a full scope name in a variable",
    wrangler('"access_as_user"', '"api://a/b"'),
    "wrangler.jsonc:22",
    '"api://a/b"',
    'short name "b"',
  ],
  [
    "another word for true",
    vars('"ENTRA_ACCEPT_V1": "yes"'),
    "wrangler.jsonc:23",
    '"yes"',
    '"ENTRA_ACCEPT_V1": "true"',
  ],
  [
    "a host for a URL",
    vars('"ORIGIN_URL": "origin.contoso.com"'),
    "wrangler.jsonc:23",
    "is not an http or https URL",
    '"https://origin.contoso.com"',
  ],
  [
    "a worker that is not there",
    wrangler("src/worker.ts", "src/workers.ts"),
    "wrangler.jsonc:4",
    "src/workers.ts does not exist",
    "set main in wrangler.jsonc",
  ],
  [
    "a second address",
    wrangler('"workers_dev": false', '"workers_dev": true'),
    "wrangler.jsonc:10",
    "workers_dev is on",
    '"workers_dev": false',
  ],
  [
    "a cache",
    wrangler('"cache": { "enabled": false }', '"cache": { "enabled": true }'),
    "wrangler.jsonc:14",
    "Workers Caching is on",
    '"cache": {"enabled":false}',
  ],
  [
    "an old date",
    wrangler("2026-10-12", "2024-01-01"),
    "wrangler.jsonc:5",
    "compatibility_date 2024-01-01",
    '"compatibility_date": "2026-10-12"',
  ],
  [
    "a pattern of one path",
    wrangler("api.contoso.com/*", "api.contoso.com/me"),
    "wrangler.jsonc:9",
    "covers one path only",
    "end it in /*",
  ],
  [
    "no zone and no origin",
    wrangler('"routes": [', '// "routes": ['),
    "wrangler.jsonc:19",
    "no route of a zone",
    '"ORIGIN_URL": "https://origin.contoso.com"',
  ],
  [
    "a missing comma",
    wrangler('"name": "base",', '"name": "base"'),
    "line 4 column 3",
    "wrangler.jsonc cannot be read",
    "comma expected",
  ],
];

describe("a mistake in a file of a new project", () => {
  it.each(inFiles)("%s", async (_mistake, change, place, wrong, right) => {
    const { output } = await tryChange(change);
    const told = output.split("\n").filter((line) => !/^ {2}✓/.test(line));
    for (const part of [place, wrong, right]) expect(told.join("\n")).toContain(part);
    expect(output).not.toContain("https:/git");
  });
});

const cases =
  "cases:\n  - name: a user\n    method: GET\n    path: me\n    caller: none\n    expect: { status: 401 }\n";

/** Each mistake of a command with what was wrong, and what a right one looks like. */
const ofCommands: readonly (readonly [args: readonly string[], wrong: string, right: string])[] = [
  [["doctr"], "unknown command 'doctr'", "Did you mean doctor?"],
  [["doctor", "--offlin"], "unknown option '--offlin'", "Did you mean --offline?"],
  [["doctor", "--env", "live"], "--env live", "wrangler.jsonc, which has no environments"],
  [["init", "--yes", "--tenant", "contoso"], '--tenant "contoso"', "11111111-2222-3333-4444-555555555555"],
  [["explain", "a.b.c", "--route", "GET"], '--route "GET"', '"GET /orders/1"'],
  [["smoke", "http://api.contoso.com"], "http://api.contoso.com must be", "https://api.contoso.com/orders"],
  [["docs", "reason"], '"reason" is not a page', "reference/reasons"],
  [["dev", "--port", "abc"], "--port abc", "1 to 65533"],
  [["token", "--entra", "https://login.contoso.com"], "--entra https://login.contoso.com", "http://127.0.0.1:8788"],
  [["revoke"], "exactly one of", "--user"],
  [["test", "cases.yaml"], "cases.yaml:4", "path: /orders/1"],
  [["entra", "--config", "entra.yaml"], "entra.yaml:2:1 usrs", "users"],
];

describe("a mistake in a command", () => {
  beforeAll(() => {
    writeFileSync(path.join(base, "cases.yaml"), cases);
    writeFileSync(path.join(base, "entra.yaml"), "tenants: {}\nusrs: {}\n");
  });

  it.each(ofCommands)("%j", async (args, wrong, right) => {
    const { status, output } = await runIn(base, () => run(args));
    expect({ status, output }).toEqual({ status: 3, output: expect.stringContaining(wrong) });
    expect(output).toContain(right);
  });
});
