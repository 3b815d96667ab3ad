import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { runWithoutServer } from "../../../cli/project/program-code.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

/** Creates a project that has the packages of this repository. */
function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-program-"));
  made.push(folder);
  mkdirSync(path.join(folder, "node_modules/@hono"), { recursive: true });
  for (const name of ["hono", "@hono/node-server", "esbuild"])
    symlinkSync(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** IDs as Entra issues them. */
const env = [
  "ENTRA_TENANT_ID=4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2",
  "ENTRA_API_AUDIENCE=a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  "ENTRA_REQUIRED_SCOPE=orders.read",
].join("\n");

function run(folder: string, args: readonly string[], input = "") {
  return spawnSync(process.execPath, [path.join(root, "cli/entra-gate.js"), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
    encoding: "utf8",
    input,
    timeout: 100_000,
  });
}

/** Findings of `doctor` about the routes of a program, one line each. */
function readRoutes(files: Readonly<Record<string, string>>): readonly string[] {
  const { stdout, stderr } = run(makeProject({ ".env": env, ...files }), ["doctor", "--offline", "--json"]);
  if (stdout === "") return [stderr];
  const { findings } = JSON.parse(stdout) as { findings: readonly { area: string; state: string; text: string }[] };
  return findings.filter(({ area }) => area === "routes").map(({ state, text }) => `${state} ${text}`);
}

const read = [
  "good GET /orders: a user with scope orders.read",
  expect.stringMatching(/^good all other methods and paths/),
];
const entra = `import { entra, requireAuth } from "${root}/src/adapters/hono.ts";`;
const routesOf = (scope: string) => `app.use(entra());
  app.get("/orders", requireAuth(${scope}), (c) => c.json([]));`;
const ofNode = `import { serve } from "@hono/node-server";
  import { Hono } from "hono";
  ${entra}
  const app = new Hono();
  ${routesOf('process.env.ENTRA_REQUIRED_SCOPE ?? ""')}
  serve(app, () => console.log("It listens."));`;
const ofDeno = (imports: string, scope = '"orders.read"') => `${imports}
  ${entra}
  const app = new Hono();
  ${routesOf(scope)}
  Deno.serve({ port: 8000 }, app.fetch);`;
const honoOfNpm = 'import { Hono } from "npm:hono@^4.13.23";';
const start = (command: string) => JSON.stringify({ type: "module", scripts: { start: command } });
const denoFile = (members: object = {}) => JSON.stringify({ tasks: { start: "deno run -NE main.ts" }, ...members });

it.each<[string, Readonly<Record<string, string>>]>([
  ["Node", { "package.json": start("node --env-file-if-exists=.env src/index.ts"), "src/index.ts": ofNode }],
  [
    "Node, beside a file of the app",
    {
      "package.json": start("node server.js"),
      "server.js": 'import { createServer } from "node:http"; createServer().listen(0);',
      "src/app.ts": `import { Hono } from "hono"; ${entra} const app = new Hono(); ${routesOf('"orders.read"')} export default { fetch: app.fetch };`,
    },
  ],
  [
    "Deno, with packages of npm and variables of .env",
    {
      "deno.json": denoFile(),
      "main.ts": ofDeno(
        `${honoOfNpm} import { cors } from "npm:hono@^4.13.23/cors"; cors();`,
        'Deno.env.get("ENTRA_REQUIRED_SCOPE") ?? ""',
      ),
    },
  ],
  [
    "deno serve",
    {
      "deno.json": denoFile({ tasks: { dev: "deno serve main.ts" } }),
      "main.ts": `${honoOfNpm} ${entra} const app = new Hono(); ${routesOf('"orders.read"')} export default app;`,
    },
  ],
  [
    "Deno, with names of the import map in deno.json",
    {
      "deno.json": denoFile({
        imports: { h: "npm:hono@4", "@/": "./src/", scope: "./src/scope.ts", "@hono/hono": "jsr:@hono/hono@4" },
        scopes: { "./src/": { scope: "./src/deep/scope.ts" } },
      }),
      "main.ts": ofDeno(
        'import { Hono } from "@hono/hono"; import { cors } from "h/cors"; import { name } from "@/name.ts"; cors();',
        "name",
      ),
      "src/name.ts": 'export { name } from "scope";',
      "src/deep/scope.ts": 'export const name = "orders.read";',
    },
  ],
  [
    "Deno, with an import map of its own",
    {
      "deno.json": denoFile({ importMap: "maps/imports.json", imports: { hono: "npm:none" } }),
      "maps/imports.json": '{ "imports": { "name": "../name.ts", "constructor": "npm:none" } }',
      "main.ts": ofDeno('import { Hono } from "hono"; import { name } from "name";', "name"),
      "name.ts": 'export const name = "orders.read";',
    },
  ],
])("the routes of a program for %s are read without its server", (_name, files) => {
  expect(readRoutes(files)).toEqual(read);
});

it.each([
  ["jsr:@std/http@1", {}, /main\.ts cannot be loaded: it imports jsr:@std\/http@1, and Node loads it/],
  ["https://deno.land/x/a.ts", {}, /: it imports https:\/\/deno\.land\/x\/a\.ts, and Node loads it/],
  [
    "@std/http/file",
    { "@std/http": "jsr:@std/http@1" },
    /: it imports @std\/http\/file, which is jsr:@std\/http@1\/file/,
  ],
])("a module that only Deno loads is named: %s", (specifier, imports, expected) => {
  const files = { "deno.json": denoFile({ imports }), "main.ts": ofDeno(`${honoOfNpm} import "${specifier}";`) };
  const [line = ""] = readRoutes(files);
  expect(line).toMatch(expected);
  expect(line).toContain("Create the app in app.ts or src/app.ts, without such modules");
});

it("a module that only Deno loads is named if esbuild could bundle the rest", () => {
  const files = {
    "deno.json": denoFile({ tasks: { start: "deno serve main.ts" } }),
    "main.ts": `import "jsr:@std/http@1"; ${honoOfNpm} export default new Hono();`,
  };
  expect(readRoutes(files)[0]).toContain("it imports jsr:@std/http@1, and Node loads it");
});

it("a script that shows no routes is named", () => {
  expect(readRoutes({ "package.json": start("make serve") })).toEqual([
    expect.stringMatching(
      /^fault the routes are unknown, .*: the script "make serve" shows no routes: it neither runs/,
    ),
  ]);
});

it.each([
  ["in a function", "function main() { const app = new Hono(); serve({ fetch: app.fetch }); } main();"],
  ["for each request", "serve({ fetch(request) { const inner = new Hono(); return inner.fetch(request); } });"],
])("a program that declares its app %s shows no routes, and is not said to be faulty", (_place, code) => {
  const index = `import { serve } from "@hono/node-server"; import { Hono } from "hono"; ${code}`;
  expect(readRoutes({ "package.json": start("node index.ts"), "index.ts": index })).toEqual([
    expect.stringContaining("the default export of index.ts does not show its routes"),
  ]);
});

it("a program that opens a timer does not keep a command running", () => {
  const files = { "package.json": start("node index.ts"), "index.ts": `${ofNode} setInterval(() => {}, 1_000);` };
  const { status, stdout } = run(makeProject({ ".env": env, ...files }), ["doctor", "--offline"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("GET /orders: a user with scope orders.read")]);
  expect(stdout).toContain("! neither TLS nor GATE_TLS_PROXY is configured");
});

/** A token that is correct but for its signature. */
function writeToken(scp: string): string {
  const [tid, aud] = ["4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"];
  const iat = Math.floor(Date.now() / 1_000);
  const issuer = { iss: `https://login.microsoftonline.com/${tid}/v2.0`, tid, aud, ver: "2.0" };
  const claims = { ...issuer, iat, nbf: iat, exp: iat + 3_600, azp: aud, oid: aud, sub: "a", scp };
  const parts = [{ alg: "RS256", typ: "JWT", kid: "a" }, claims].map((each) =>
    Buffer.from(JSON.stringify(each)).toString("base64url"),
  );
  return `${parts.join(".")}.AAAA`;
}

it("explain and test know the routes of a program", () => {
  const readers =
    "{ name: a reader, method: GET, path: /orders, caller: { scopes: [orders.read] }, expect: { status: 200 } }";
  const others = "{ name: another, method: GET, path: /orders, caller: { scopes: [other] }, expect: { status: 403 } }";
  const cases = `- ${readers}\n- ${others}\n`;
  const folder = makeProject({
    "package.json": start("node src/index.ts"),
    "src/index.ts": ofNode,
    "cases.yaml": cases,
    ".env": env,
  });
  expect(run(folder, ["test", "cases.yaml"]).stdout).toMatch(/2 passed/);
  const { stdout } = run(folder, ["test", "cases.yaml", "--routes", "src/index.ts"]);
  expect(stdout).toMatch(/2 passed/);
  expect(stdout).not.toContain("It listens.");
  const explained = run(folder, ["explain", "-", "--no-verify", "--route", "GET /orders"], writeToken("other"));
  expect(explained.stdout).toContain("scope_missing");
});

it("gives the process its own environment back: a copy would not reach what Node itself reads", async () => {
  const own = process.env;
  const read = await runWithoutServer(path.resolve("main.ts"), { ENTRA_CLOUD: "china" }, async () => ({
    ...process.env,
  }));
  expect([read.ENTRA_CLOUD, read.PATH, process.env === own]).toEqual(["china", own.PATH, true]);
});
