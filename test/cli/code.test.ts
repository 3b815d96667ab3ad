import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { renderFindings, unreadAdapter } from "../../cli/doctor/command.ts";
import { examine } from "../../cli/doctor/doctor.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { checkRead, type GateCode, tableOf } from "../../cli/project/gate-code.ts";
import { loadGateCode } from "../../cli/project/load-gate.ts";
import { findServedName } from "../../cli/project/served-name.ts";
import { readSettings } from "../../cli/project/settings.ts";
import { createFakeIo } from "../support/io.ts";
import { idVariables } from "./support/ailing-gate.ts";
import { entra, environment, explainCredential } from "./support/explain-world.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(tmpdir(), "code-"));
afterAll(() => rmSync(directory, { recursive: true }));

const importing = (name: string, file: string) => `import { ${name} } from ${JSON.stringify(path.join(root, file))};`;
const hono = importing("entra, requireAuth", "src/adapters/hono.ts");
const daloy = importing("createEntraPlugin, requireAuth", "src/adapters/daloy.ts");
const own = importing("App, anyOf, createGate, createEntraPlugin, entraPlugin, origin, requireAuth", "src/index.ts");
const honoApp = `import { Hono } from ${JSON.stringify(path.join(root, "node_modules/hono/dist/index.js"))};`;
const inCode = JSON.stringify({ ...environment, GATE_URL: "https://api.contoso.example" });
writeFileSync(
  path.join(directory, "wrangler.json"),
  JSON.stringify({ routes: ["api.contoso.com/*"], vars: environment }),
);
let files = 0;

function write(text: string): string {
  files += 1;
  const file = path.join(directory, `worker-${files}.ts`);
  writeFileSync(file, text);
  return file;
}

const load = (text: string) => loadGateCode(write(text));

/** Doctor's findings about the routes. */
async function examineRoutes(text: string): Promise<readonly string[]> {
  return examineCode(await load(text));
}

async function examineCode(code: GateCode): Promise<readonly string[]> {
  const settings = readSettings(directory, {}, { devVars: false });
  const findings = await examine(settings, code, createFakeIo({}), { offline: true });
  return findings.filter(({ area }) => area === "routes").map(({ state, text: found }: Finding) => `${state} ${found}`);
}

describe("the code of a worker", () => {
  it("may import a package that is not installed; the message says what to install", async () => {
    for (const [name, imported] of [
      ["hono-is-not-here", "hono-is-not-here/cors"],
      ["@daloyjs/core", "@daloyjs/core"],
    ]) {
      const { problem } = await load(`import "${imported}"; export default {};`);
      expect(problem).toMatch(
        /worker-\d+\.ts cannot be loaded: the package \S+ is not installed: run npm install \S+$/,
      );
      expect(problem).toContain(`the package ${name} is not installed: run npm install ${name}`);
    }
  });

  it("can be an App that serves itself", async () => {
    const text = `${own} const app = new App(); app.register(entraPlugin);
      app.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 204 }));
      app.get("/health", { public: true }, () => ({ status: 204 })); export default app;`;
    expect(await examineRoutes(text)).toEqual([
      "good GET /orders: a user with scope orders.read",
      "good GET /health: public",
      "good all other methods and paths: 404 or 405 to any caller",
    ]);
    const code = await load(text);
    const ask = async (method: string, url: string) =>
      (await explainCredential(null, { code, request: { method, url } })).verdict;
    expect(await ask("GET", "/health")).toEqual({ outcome: "allowed" });
    expect(await ask("GET", "/orders")).toMatchObject({ denial: { reason: "credential_missing" } });
    expect(await ask("GET", "/other")).toEqual({ outcome: "no-route", status: 404, reason: "not_found_error" });
    expect(await ask("PUT", "/orders")).toEqual({
      outcome: "no-route",
      status: 405,
      reason: "method_not_allowed_error",
      allow: ["GET", "HEAD"],
    });
    const credential = `Bearer ${await entra.issueAccessToken({ scopes: ["orders.read"] })}`;
    expect((await explainCredential(credential, { code })).verdict).toMatchObject({
      outcome: "unknown",
      because: expect.stringContaining("It declares GET /orders, GET /health."),
    });
  });

  it("can be an App without a guard, which is a fault of each route that needs one", async () => {
    const text = `${own} const app = new App(); app.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 204 }));
      app.get("/health", { public: true }, () => ({ status: 204 })); export default app;`;
    expect(await examineRoutes(text)).toEqual([
      "fault GET /orders: the app has no guard, so it answers 500 to every caller",
      "good GET /health: public",
      "good all other methods and paths: 404 or 405 to any caller",
    ]);
    const request = { method: "GET", url: "/orders" };
    const { verdict } = await explainCredential(null, { code: await load(text), request });
    expect(verdict).toEqual({ outcome: "refused", denial: { reason: "misconfigured" } });
  });

  it("has a requirement once, if a group and a route declare the same", async () => {
    const text = `${own} const app = new App(); app.register(entraPlugin);
      app.group("/orders", { hooks: requireAuth("a") }, (orders) => {
        orders.get("/", { hooks: anyOf(requireAuth("a"), requireAuth("a")) }, () => ({ status: 204 }));
      });
      export default app;`;
    expect((await examineRoutes(text))[0]).toBe("good GET /orders: a user with scope a");
  });

  it("can be a Hono app without entra() before requireAuth, which answers 500", async () => {
    const text = `${honoApp}${hono} const app = new Hono(); const answer = (c) => c.text("ok");
      app.get("/a", requireAuth("a"), answer); app.get("/b", answer); app.use("/c/*", entra()); export default app;`;
    expect((await examineRoutes(text)).slice(0, 2)).toEqual([
      "fault GET /a: requireAuth has no entra() before it",
      expect.stringContaining("good GET /b: public"),
    ]);
    const code = await load(text);
    const ask = async (url: string) =>
      (await explainCredential(null, { code, request: { method: "GET", url } })).verdict;
    expect(await ask("/a")).toEqual({ outcome: "refused", denial: { reason: "misconfigured" } });
    // Without a route, Hono answers by itself, also to a path that a guard would refuse.
    expect(await ask("/none")).toEqual({ outcome: "no-route", status: 404 });
    expect(await ask("/none%2fx")).toEqual({ outcome: "no-route", status: 404 });
    expect(await ask("/c/x%2fx")).toMatchObject({ outcome: "refused", denial: { reason: "path_ambiguous" } });
  });

  it("can have the configuration in code, which replaces that of the environment", async () => {
    const code = await load(
      `${own} const app = new App(); app.register(createEntraPlugin(${inCode})); export default app;`,
    );
    expect(code.environment).toMatchObject({ ENTRA_TENANT_ID: environment.ENTRA_TENANT_ID });
    const ofHono = await load(`${honoApp}${hono} export default new Hono().use(entra(${inCode}));`);
    expect(ofHono.environment).toEqual(code.environment);
  });

  it("can be a Hono app behind entra(), whose guard finds the requirement of a request", async () => {
    const text = `${honoApp}${hono} const app = new Hono(); const answer = (c) => c.text("ok");
      app.get("/health", answer); app.use(entra());
      app.get("/orders/:id", requireAuth("orders.read"), answer); app.get("/plain", answer);
      export default app;`;
    expect(await examineRoutes(text)).toEqual([
      "good GET /health: public; it comes before entra()",
      "good GET /orders/:id: a user with scope orders.read",
      "good GET /plain: a user with scope access_as_user (the default)",
      "good all other methods and paths: a user with scope access_as_user (the default)",
    ]);
    const { find } = tableOf(await load(text));
    expect(find("GET", "/orders/1").access).toMatchObject({ requirements: [{ anyOf: [{ scopes: ["orders.read"] }] }] });
    expect(find("POST", "/orders/1").access).toEqual({ kind: "default" });
  });

  it("can be a Hono app, which answers HEAD with the routes for GET", async () => {
    const text = `${honoApp}${hono} export default new Hono().use(entra()).get("/orders", requireAuth("orders.read"), (c) => c.text("ok"));`;
    const table = tableOf(await load(text));
    expect(table.find("HEAD", "/orders")).toEqual(table.find("GET", "/orders"));
    expect(table.find("HEAD", "/orders")).toMatchObject({ name: "GET /orders", access: { kind: "required" } });
  });

  it("can be a Hono app with a route that no caller may call, which is reported", async () => {
    const bare = JSON.stringify({ ...environment, ENTRA_REQUIRED_SCOPE: undefined });
    const text = `${honoApp}${hono} const app = new Hono(); app.use(entra(${bare})); app.get("/me", (c) => c.text("ok"));
      app.get("/orders", requireAuth("orders.read"), (c) => c.text("ok")); export default app;`;
    expect(await examineRoutes(text)).toEqual([
      "warning GET /me: no caller (the default)",
      "good GET /orders: a user with scope orders.read",
      "good all other methods and paths: no caller (the default)",
    ]);
  });

  it("can be a Hono app with a second entra() behind a requirement, which requires the default too", async () => {
    const text = `${honoApp}${hono} const app = new Hono(); app.use(entra()); app.use("/a/*", requireAuth("a"), entra());
      app.get("/a/b", (c) => c.text("ok")); export default app;`;
    expect((await examineRoutes(text)).join()).toContain("another entra() comes after requireAuth");
  });

  it("can be a Hono app with code before entra() that may answer, which is reported", async () => {
    const text = `${honoApp}${hono} const app = new Hono(); app.use((c, next) => next()); app.use(entra());
      app.get("/orders", requireAuth("orders.read"), (c) => c.text("ok")); export default app;`;
    expect((await examineRoutes(text))[0]).toContain("middleware before entra() may answer by itself");
  });

  it("can be a Hono app with a handler for all methods before entra(), which makes its path public", async () => {
    const text = `${honoApp}${hono} const app = new Hono(); app.use((c, next) => next());
      app.all("/open/*", (c) => c.text("ok")); app.all("/ok", async () => new Response("ok"));
      app.all("/passed", (...all) => all[1]()); app.use(entra()); app.get("/:a/b", requireAuth("a"), (c) => c.text("ok"));
      export default app;`;
    const { find } = tableOf(await load(text));
    expect(find("POST", "/open/b")).toMatchObject({ name: "ALL /open/*", access: { kind: "public" } });
    expect(find("GET", "/open/b")).toMatchObject({ name: "ALL /open/*", access: { kind: "public" } });
    expect(find("GET", "/ok")).toMatchObject({ name: "ALL /ok", access: { kind: "public" } });
    expect(find("GET", "/passed").access).toMatchObject({ kind: "default" });
    expect(find("GET", "/x/b").access).toMatchObject({ kind: "required" });
  });

  it("can be a Hono app with mistakes in its order, which are faults", async () => {
    const start = `${honoApp}${hono} const app = new Hono(); const answer = (c) => c.text("ok");`;
    const late = `${start} app.use(entra()); app.get("/a", answer, requireAuth("a")); export default app;`;
    expect((await examineRoutes(late))[0]).toBe("fault GET /a: requireAuth comes after the handler. Put it before");
    const twice = `${start} app.use(entra(), (c, next) => next()); app.get("/a", requireAuth("a"), answer);
      app.use("/a/*", requireAuth("b")); export default app;`;
    expect((await examineRoutes(twice))[0]).toMatch(
      /^warning GET \/a: .*; requireAuth on ALL \/a\/\* comes after the handler, and has no effect on this route$/,
    );
    const open = `${start} app.get("/a", answer); app.get("/b", answer); app.use(entra()); export default app;`;
    expect(await examineRoutes(open)).toEqual([
      "good GET /a: public; it comes before entra()",
      "good GET /b: public; it comes before entra()",
      "fault entra() comes after every route, so all of them are public",
    ]);
  });

  it("may require scopes that only other APIs have, which is a fault", async () => {
    const text = `${own} const app = new App();
      app.get("/a", { hooks: requireAuth("orders.read", "openid") }, origin());
      app.get("/b", { hooks: requireAuth({ anyScope: ["User.Read", "profile"] }) }, origin());
      app.get("/c", { hooks: requireAuth({ anyScope: ["orders.read", "openid"] }) }, origin());
      export default createGate({ routes: app });`;
    expect((await examineRoutes(text)).slice(0, 3)).toEqual([
      "fault GET /a: a user with scopes orders.read openid, but only tokens of Microsoft Graph have openid",
      "fault GET /b: a user with one of the scopes User.Read profile, but only tokens of Microsoft Graph have User.Read",
      "good GET /c: a user with one of the scopes orders.read openid",
    ]);
  });

  it("can be a DaloyJS app; routes without their own hook are unknown", async () => {
    const text = `${daloy} createEntraPlugin(${inCode}).register({ decorate() {} });
      const routes = [{ method: "GET", path: "/me", hooks: requireAuth("access_as_user") }, { method: "GET", path: "/open/:id" }];
      export const app = { routes, introspect() {} }; export default { fetch() {} };`;
    const code = await load(text);
    expect(await examineCode(code)).toEqual([
      "good GET /me: a user with scope access_as_user",
      expect.stringMatching(
        /^skipped GET \/open\/:id: its requirement is unknown; the route itself has no requireAuth/,
      ),
      "good all other methods and paths: 404 to any caller",
    ]);
    const request = { method: "GET", url: "/open/1" };
    expect(code.environment).toMatchObject({ ENTRA_TENANT_ID: environment.ENTRA_TENANT_ID });
    expect((await explainCredential(null, { code, request })).verdict).toEqual({
      outcome: "unknown",
      because: expect.stringMatching(/^the route itself has no requireAuth/),
      denial: { reason: "credential_missing" },
    });
  });

  it("has unknown routes if it exports none, which is not a fault", async () => {
    expect(await examineRoutes("export default { fetch() {} };")).toEqual([
      expect.stringMatching(/^skipped the routes are unknown: .* Export the app too, with the name `app`$/),
    ]);
    expect(await examineRoutes('import "cloudflare:nowhere-to-be-found"; export default {};')).toEqual([
      expect.stringMatching(/^skipped the routes are unknown: /),
    ]);
  });

  it("is faulty if it does not start", async () => {
    expect(await examineRoutes(`${own} export default createGate({ unlisted: "rejct" });`)).toEqual([
      expect.stringMatching(/^fault the worker does not start: .*unlisted must be "guard" or "reject"$/),
    ]);
  });
});

it.each([
  ["a gate", `${own} export default createGate({});`, "good the zone's own origin"],
  [
    "a Hono app",
    `${honoApp}${hono} export default new Hono().use(entra());`,
    "good the app answers itself, without an origin",
  ],
  ["an app behind --adapter", unreadAdapter, "good the app answers itself, without an origin"],
  [
    "an App with own handlers",
    `${own} const app = new App(); app.register(entraPlugin);
      app.get("/a", { public: true }, () => ({ status: 204 })); export default app;`,
    "good the app answers itself, without an origin",
  ],
  [
    "code that does not load",
    'throw new Error("no database");',
    "skipped the routes are unknown, so this command cannot tell whether they forward",
  ],
])("doctor knows whether %s has an origin without ORIGIN_URL", async (_name, worker, found) => {
  const code = typeof worker === "string" ? await load(worker) : worker;
  const findings = await examine(readSettings(directory, {}, { devVars: false }), code, createFakeIo({}), {
    offline: true,
  });
  expect(findings.filter(({ area }) => area === "origin").map(({ state, text }) => `${state} ${text}`)).toEqual([
    found,
  ]);
});

describe("code that does not load", () => {
  const { ENTRA_REQUIRED_SCOPE: _, ...bare } = { ...environment, ...idVariables };
  const long = `api://${"a".repeat(200)}/orders.read`;

  it.each([
    [
      "refuses to start",
      `${own} requireAuth("${long}"); export default createGate({});`,
      /does not start: .* Tokens have the short name "orders\.read"$/,
      /^correct the error in \S+, or in a module that it imports$/,
    ],
    [
      "refuses to start with a message like one of the engine",
      `${own} requireAuth({ scopes: ["a"], acrs: ["mfa"] }); export default createGate({});`,
      /does not start: .* which is not an authentication context from c1 to c99$/,
      /^correct the error in \S+/,
    ],
    ["throws", 'throw new Error("no database"); export default {};', /: no database$/, /^correct the error in \S+/],
    ["has a syntax error", "export default (", /cannot be loaded: \S/, /^correct the error in \S+/],
    ["lacks a package", 'import "is-not-here"; export default {};', /is-not-here/, /run npm install is-not-here$/],
    ["shows no routes", "export default { fetch() {} };", /does not show its routes/, /^export the app of \S+ too/],
    ["does not exist", undefined, /^the worker does not start: \S+ does not exist$/, /^set main in bare\.json /],
  ])("is the only fault if it %s and variables depend on it", async (_name, text, says, fix) => {
    const code = await loadGateCode(text === undefined ? path.join(directory, "missing.ts") : write(text));
    const file = path.join(directory, "bare.json");
    writeFileSync(file, JSON.stringify({ vars: { ...bare, ENTRA_TENANT_ID: "organizations" } }));
    const settings = readSettings(directory, {}, { devVars: false, config: "bare.json" });
    const findings = await examine(settings, code, createFakeIo({}), { offline: true });
    expect(findings.filter(({ state }) => state === "fault")).toMatchObject([
      { area: "routes", text: expect.stringMatching(says), fix: expect.stringMatching(fix) },
    ]);
    const { verdict } = await explainCredential(`Bearer ${await entra.issueAccessToken()}`, {
      code,
      environment: { ENTRA_REQUIRED_SCOPE: undefined },
    });
    expect(verdict).toEqual({ outcome: "unknown", because: code.problem });
    expect(() => checkRead(code)).toThrow(expect.objectContaining({ lines: [code.problem, code.fix] }));
  });

  /**
   * Loads a file of a new project, with the project as the folder of the process.
   *
   * @returns what is wrong with its code
   */
  function loadInProject(main: string, files: Readonly<Record<string, string>>): string {
    const project = mkdtempSync(path.join(directory, "project-"));
    mkdirSync(path.join(project, "node_modules"));
    symlinkSync(path.join(root, "node_modules/wrangler"), path.join(project, "node_modules/wrangler"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
      writeFileSync(path.join(project, name), text);
    }
    const module = JSON.stringify(path.join(root, "cli/project/load-gate.ts"));
    const script = `import { loadGateCode } from ${module};
      console.log((await loadGateCode(${JSON.stringify(path.join(project, main))})).problem);`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: project, encoding: "utf8" })
      .stdout;
  }

  it.each([
    ["Node loads it", ""],
    ["it is bundled, because Node lacks a module", 'import "cloudflare:workers";'],
  ])("is named with its line if it calls what throws, and %s", (_how, first) => {
    const problem = loadInProject("worker.ts", {
      "routes.ts": `${own}\n\n  export const routes = new App().get("/", { hooks: requireAuth("") }, origin());`,
      "worker.ts": `${first}${own}\nimport { routes } from "./routes.ts";\nexport default createGate({ routes });`,
    });
    expect(problem).toMatch(/^worker\.ts cannot be loaded: routes\.ts:3:53: scopes of a requirement must be /);
  });

  it("is named with its line if it calls a package whose source map names URLs, and it is bundled", () => {
    const map = { version: 3, names: [], sources: ["https://git.example/guard/raw/v1/src/guard.ts"], mappings: "AAAA" };
    const problem = loadInProject("worker.ts", {
      "node_modules/guard/package.json": '{ "name": "guard", "type": "module", "exports": "./index.js" }',
      "node_modules/guard/index.js":
        'export const requireAuth = () => { throw new TypeError("wrong"); };\n//# sourceMappingURL=index.js.map\n',
      "node_modules/guard/index.js.map": JSON.stringify(map),
      "routes.ts": 'import { requireAuth } from "guard";\n\nexport const routes = requireAuth();\n',
      // Without the ending of the file, Node does not find the module.
      "worker.ts": 'import { routes } from "./routes";\nexport default routes;\n',
    });
    expect(problem).toMatch(/^worker\.ts cannot be loaded: routes\.ts:3:\d+: wrong$/m);
  });

  it("is shown beside faults that do not depend on it", async () => {
    const code = await load('throw new Error("no database");');
    const settings = readSettings(directory, { ENTRA_TENANT_ID: "common" }, { devVars: false });
    const findings = await examine(settings, code, createFakeIo({}), { offline: true });
    expect(findings.map(({ state, text }) => `${state} ${text}`)).toEqual([
      expect.stringMatching(/^fault ENTRA_TENANT_ID is "common"/),
      expect.stringMatching(/^skipped the routes are unknown: .*no database$/),
    ]);
    const explained = await explainCredential(null, { code, environment: { ENTRA_TENANT_ID: "common" } });
    expect(explained.checks).toMatchObject([{ name: "configuration" }, { name: "code", note: code.problem }]);
  });

  it("has a message that doctor prints to its end", () => {
    const text = `the worker does not start: ${long} is long, but this is its end`;
    expect(renderFindings([{ area: "routes", state: "fault", text }], (_style, plain) => plain)).toContain(text);
    const advise = (each: string, fix: string) => ({ area: "routes", state: "fault", text: each, fix }) as const;
    const advised = [advise("a", "advice"), advise("b", "advice"), advise("a", "other")];
    const rendered = renderFindings(advised, (_style, plain) => plain);
    expect(rendered).toContain("  ✗ a\n  ✗ b\n    fix: advice\n  ✗ a\n    fix: other\n");
  });
});

it.each([
  ["{ fetch: app.fetch, async scheduled() {} }", "app"],
  ["{ fetch: app.fetch.bind(app) }", "app"],
  ["{ fetch: (request: Request, env: Env) => app.fetch(request, env) }", "app"],
  ["{ async fetch(request: Request) { return await app.fetch(request); } } satisfies ExportedHandler<Env>", "app"],
  ["worker", "app"],
  ["{ fetch: other.fetch }", undefined],
  ["{ fetch: (request: Request) => (isOpen(request) ? open() : app.fetch(request)) }", undefined],
  ["{ fetch(request: Request) { if (isOpen(request)) return open(); return app.fetch(request); } }", undefined],
  ["{ fetch() { return open(); } }", undefined],
  ["app", undefined],
  ["{ fetch: (...all) => app.fetch(...all) }", "app"],
  ["{ fetch: app.fetch, fetch: open }", undefined],
  ["{ fetch: app.fetch, ...open }", undefined],
  ["{ ...open, fetch: app.fetch }", "app"],
  ["{ fetch: app.fetch, [name]: open }", undefined],
  ["{ fetch: app.fetch, get fetch() { return open; } }", undefined],
  ["{ fetch: app[fetch] }", undefined],
  ["{ fetch: app.fetch(request) }", undefined],
  ["{ fetch: app.fetch.bind(app, request) }", undefined],
  ["{ fetch: (request, app) => app.fetch(request) }", undefined],
  ["{ fetch: (request, env, context, app = open) => app.fetch(request) }", undefined],
  ["{ fetch: (request, env) => app.fetch(request, { ...env, GATE_MODE: 'report' }) }", undefined],
  ["{ fetch: (request, env) => app.fetch(env, request) }", undefined],
  ["worker; worker.fetch = open", undefined],
])("the default export %s serves %s", (exported, name) => {
  const text = `import { app } from "./app"; const worker = { fetch: app.fetch, queue() {} }; export default ${exported};`;
  expect(findServedName(text)).toBe(name);
});

describe("explain and doctor in a Wrangler project", () => {
  const projects = mkdtempSync(path.join(tmpdir(), "projects-"));
  afterAll(() => rmSync(projects, { recursive: true }));
  const bad = { ENTRA_TENNANT_ID: "x", ENTRA_API_AUDIENCE: "api://orders", ENTRA_ACCEPT_V1: "yes" };
  const config = `{ // comment
    "name": "gate", "main": "src/worker.ts", "compatibility_date": "2026-10-12", "preview_urls": true, "routes": ["api.contoso.com/*"],
    "env": ${JSON.stringify({ live: { vars: { ...environment, ...idVariables } }, bad: { vars: bad } })} }`;

  /** Creates a project. @returns its folder */
  function createProject(worker: string, routes = ""): string {
    const cwd = mkdtempSync(path.join(projects, "project-"));
    mkdirSync(path.join(cwd, "src"));
    symlinkSync(path.join(root, "node_modules"), path.join(cwd, "node_modules"));
    writeFileSync(path.join(cwd, "src/worker.ts"), worker);
    writeFileSync(path.join(cwd, "src/routes.ts"), routes);
    writeFileSync(path.join(cwd, "wrangler.jsonc"), config);
    return cwd;
  }
  const bundled = () =>
    createProject(
      `import { DurableObject } from "cloudflare:workers"; import { routes } from "./routes"; ${own}
       export class Counter extends DurableObject {} export default createGate({ routes });`,
      `${own} export const routes = new App().get("/orders", { hooks: requireAuth("orders.read") }, origin());`,
    );

  it("load a module for a bundler, with modules of the platform", async () => {
    const { code, stdout, stderr } = await runHere(["doctor", "--env", "live", "--offline"], { cwd: bundled() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("GET /orders: a user with scope orders.read");
    expect(stdout).toContain('fix: "preview_urls": false');
  });

  it("write fixes in the syntax of the file, and suggest the intended name", async () => {
    const cwd = bundled();
    const { code, stdout } = await runHere(["doctor", "--env", "bad", "--offline"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("Did you mean ENTRA_TENANT_ID?");
    expect(stdout).toContain('fix: "ENTRA_ACCEPT_V1": "true"');
    expect((await runHere(["explain", "x", "--env", "bad", "--offline"], { cwd })).stderr).toContain("unknown option");
    expect((await runHere(["explain", "x.y.z", "--env", "bad"], { cwd })).stdout).toContain(
      "Did you mean ENTRA_TENANT_ID?",
    );
  });

  it.each([
    ["the fetch of a Hono app", "", `new Hono().use(entra()).get("/orders", need("orders.read"), (c) => c.text("ok"))`],
    ["the fetch of a gate", "", "createGate({ routes })"],
    ["the fetch of an app in a module for a bundler", 'import "cloudflare:workers";', "createGate({ routes })"],
  ])("find the routes behind %s and other handlers", (_, start, app) => {
    const cwd = createProject(
      `${start} ${own} ${honoApp} ${importing("entra, requireAuth as need", "src/adapters/hono.ts")}
      const routes = new App().get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 204 }));
      const app = ${app};
      export default { fetch: app.fetch, async scheduled() {} };`,
    );
    // A process of its own, because Vitest loads modules in another way.
    const command = [path.join(root, "cli/entra-gate.js"), "doctor", "--env", "live", "--offline"];
    const { status, stdout } = spawnSync(process.execPath, command, { cwd, encoding: "utf8" });
    expect([status, stdout]).toEqual([0, expect.stringContaining("GET /orders: a user with scope orders.read")]);
  });

  it("recognize passThrough() of another copy of this package, as a bundle has one", async () => {
    const marked = importing("passThrough", "src/adapters/hono.ts");
    const cwd = createProject(`import "cloudflare:workers"; ${honoApp}${hono}${marked}
      export default new Hono().use(passThrough((c, next) => next()), entra())
        .get("/orders", requireAuth("orders.read"), (c) => c.text("ok"));`);
    const code = await loadGateCode(path.join(cwd, "src/worker.ts"));
    expect((await examineCode(code))[0]).toBe("good GET /orders: a user with scope orders.read");
  });

  it("doctor exits with 0 if only the routes are unknown", async () => {
    const cwd = createProject("export default { fetch() {} };");
    const { code, stdout } = await runHere(["doctor", "--env", "live", "--offline"], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining("· the routes are unknown")]);
  });
});
