import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Hono } from "hono";
import { Hono as QuickHono } from "hono/quick";
import { Hono as TinyHono } from "hono/tiny";
import { afterAll, describe, expect, it } from "vitest";
import { createPolicy } from "../../../cli/decisions/policy.ts";
import { decideRules } from "../../../cli/decisions/rules.ts";
import { readHonoApp } from "../../../cli/project/framework-tables.ts";
import { type GateCode, tableOf } from "../../../cli/project/gate-code.ts";
import { readCases } from "../../../cli/test/read-cases.ts";
import { differs, replayAll } from "../../../cli/test/replay.ts";
import { entra, requireAuth } from "../../../src/adapters/hono.ts";
import { App } from "../../../src/app/app.ts";
import { requireAuth as requireAuthOf } from "../../../src/app/types/auth.ts";
import { mcp } from "../../../src/extensions/mcp/mcp.ts";
import { documentOf, login } from "../compile/support.ts";
import { runHere } from "../support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "rules-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | object) => {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
};
const tenant = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
const vars = {
  ENTRA_TENANT_ID: tenant,
  ENTRA_API_AUDIENCE: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  GATE_URL: "https://api.contoso.com",
};
const imports = (names: string, module: string) =>
  `import { ${names} } from ${JSON.stringify(path.join(root, module))};`;
const worker = `${imports("App, createGate, origin, requireAuth", "src/index.ts")}
  const routes = new App();
  routes.get("/orders/:id", { hooks: requireAuth("orders.read") }, origin());
  routes.delete("/orders/:id", { hooks: requireAuth({ anyRole: ["Orders.Admin"] }) }, origin());
  routes.get("/admin/:page", { hooks: requireAuth({ roles: ["Admin"], kind: "user" }) }, origin());
  routes.get("/health", { public: true }, () => ({ status: 204 }));
  export default createGate({ routes, unlisted: "reject", isTenantAllowed: () => false,
    revokedAtSeconds: () => Number.MAX_SAFE_INTEGER });`;
let files = 0;

/** Runs rules for a worker. */
function run(rules: string, code = worker, ...args: readonly string[]) {
  files += 1;
  const main = write(`worker-${files}.ts`, code);
  const config = write(`wrangler-${files}.json`, { main, vars });
  return runHere(["test", write("rules.yaml", rules), "--config", config, ...args]);
}

/** Decides a rule for code that need not be that of a real worker, and sends what breaks it to the gate. */
async function replay(code: GateCode, rule: string) {
  const read = readCases(`rules: [${rule}]`);
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  const inCode = { asksAboutTenants: false, asksGraph: false };
  return replayAll(code, vars, decideRules(createPolicy(code, vars), read.rules, inCode));
}

const held = `rules:
  - { name: only admins, only: { who: { roles: [Admin], kind: user }, requests: "* /admin/*" } }
  - { public: ["GET /health"] }
  - { always: { who: { scopes: [orders.read] }, requests: "GET /orders/:id", except: "GET /orders/0" } }
`;
const broken = `  - { name: no daemon deletes, never: { who: { kind: app }, requests: "DELETE /*" } }
  - name: readers
    never: { who: { scopes: [orders.read] }, requests: ["GET /orders/*"] }
  - { name: nothing is public, public: [] }
  - { name: readers read all, always: { who: { scopes: [orders.read] }, requests: "GET /*" } }
`;

describe("entra-gate test with rules", () => {
  it("proves rules without a case, and exits with 0", async () => {
    const { code, stdout, stderr } = await run(held);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "✓ only admins",
      "✓ public: GET /health",
      "✓ always {scopes: [orders.read]}: GET /orders/:id except GET /orders/0",
      "",
      "Rules: 3 proved, 0 broken, 0 unknown.",
      expect.stringContaining("Rules decide whom the gate admits."),
      "",
    ]);
  });

  it("shows requests that break a rule, and the gate answers them as predicted", async () => {
    const { code, stdout } = await run(held + broken, worker, "--replay");
    expect(code).toBe(1);
    const claims = (own: object) => `      claims: ${JSON.stringify(own)}`;
    const ids = { azp: "00000000-0000-0000-0000-000000000000", tid: tenant };
    expect(stdout.split("\n").slice(3, -3)).toEqual([
      expect.stringMatching(/^✗ no daemon deletes {2}\(.*rules\.yaml:5\)$/),
      "    DELETE /orders/x, an app with roles Orders.Admin: 200, by DELETE /orders/:id",
      claims({ idtyp: "app", roles: ["Orders.Admin"], ...ids }),
      "      replay: the gate answered 200",
      expect.stringMatching(/^✗ readers {2}\(.*rules\.yaml:6\)$/),
      "    GET /orders/x, a user with scopes orders.read: 200, by GET /orders/:id",
      claims({ idtyp: "user", scp: "orders.read", ...ids }),
      "      replay: the gate answered 200",
      "    A caller who has more than `who` names breaks the rule too. `only` says which callers may.",
      expect.stringMatching(/^✗ nothing is public {2}\(.*rules\.yaml:8\)$/),
      "    GET /health, no token: 200",
      "      replay: the gate answered 200",
      expect.stringMatching(/^✗ readers read all {2}\(.*rules\.yaml:9\)$/),
      "    GET /, a user with scopes orders.read: 404 route_unlisted, by unlisted",
      claims({ idtyp: "user", scp: "orders.read", ...ids }),
      "      replay: the gate answered 404",
      "    GET /admin/x, a user with scopes orders.read: 403 role_missing, by GET /admin/:page",
      claims({ idtyp: "user", scp: "orders.read", ...ids }),
      "      replay: the gate answered 403",
      "",
    ]);
  });

  it("writes results as JSON, JUnit XML and Markdown, beside those of cases", async () => {
    const cases = "cases:\n  - { name: a case, method: GET, path: /health, caller: none, expect: { status: 200 } }\n";
    const junit = path.join(folder, "results.xml");
    const { stdout } = await run(held + broken + cases, worker, "--json", "--junit", junit, "--replay");
    const { results, rules, replays } = JSON.parse(stdout);
    expect(results).toHaveLength(1);
    expect(rules.map(({ verdict }: { verdict: { outcome: string } }) => verdict.outcome).join(" ")).toBe(
      "proved proved proved broken broken broken broken",
    );
    expect(replays).toHaveLength(5);
    const xml = readFileSync(junit, "utf8");
    expect(xml).toContain('tests="8" failures="4" errors="0"');
    expect(xml).toContain('<testcase name="no daemon deletes" classname="rules"');
    const markdown = await run(held + broken + cases, worker, "--format", "markdown");
    expect(markdown.stdout).toContain("| passed | a case |  |");
    expect(markdown.stdout).toContain("| proved | public: GET /health |  |");
    expect(markdown.stdout).toContain("| broken | nothing is public | GET /health, no token: 200 |");
  });

  it("decides names in messages of MCP, and sends the messages that break a rule", async () => {
    const mcp = `${imports("App, createGate, origin, requireAuth", "src/index.ts")} ${imports("mcp", "src/extensions/mcp/mcp.ts")}
      const need = (scope) => requireAuth(scope);
      const routes = new App();
      routes.register(mcp("/mcp", { hooks: need("mcp.use"), tools: { delete_order: need("orders.delete"), "*": need("mcp.use") },
        prompts: { x: need("mcp.use") }, resources: { "orders://{id}": need("mcp.use") } }, () => new Response("")));
      export default createGate({ routes, unlisted: "reject" });`;
    const { code, stdout, stderr } = await run(
      `rules:
  - { name: deletes, only: { who: { scopes: [mcp.use, orders.delete] }, requests: "POST /mcp tools/delete_order" } }
  - { name: others, only: { who: { scopes: [orders.delete] }, requests: "POST /mcp tools/*" } }
  - { name: users, always: { who: { scopes: [mcp.use] }, requests: ["POST /mcp tools/*", "POST /mcp prompts/y"] } }
  - { name: apps, never: { who: { kind: user }, requests: "POST /mcp resources/orders://{id}" } }
  - { name: public, public: [] }`,
      mcp,
      "--replay",
    );
    expect([stderr, code, stdout.split("\n").filter((line) => /^[✓✗?]|POST|replay|not counted/.test(line))]).toEqual([
      "",
      1,
      [
        "✓ deletes",
        expect.stringContaining("✗ others"),
        "    POST /mcp tools/*, a user with scopes mcp.use: 200",
        "      replay: the gate answered 200",
        expect.stringContaining("✗ users"),
        "    POST /mcp tools/delete_order, a user with scopes mcp.use: 403 scope_missing",
        "      replay: the gate answered 403",
        "    POST /mcp prompts/y, a user with scopes mcp.use: 403 requirement_missing",
        "      replay: the gate answered 403",
        expect.stringContaining("✗ apps"),
        "    POST /mcp resources/orders://{id}, a user with scopes mcp.use: 200",
        "      replay: the gate answered 200",
        "✓ public",
        "    not counted: preflights, and the gate's own GET /.well-known/oauth-protected-resource/mcp",
      ],
    ]);
  });

  const hono = (handlers: string, before = "") =>
    `import { Hono } from "${root}/node_modules/hono/dist/index.js"; ${imports("every", "node_modules/hono/dist/middleware/combine/index.js")} ${imports("entra, requireAuth as need", "src/adapters/hono.ts")}
     export default new Hono()${before}.use(entra())${handlers};`;
  const get = (pattern: string, scope: string) => `.get("${pattern}", need("${scope}"), (c) => c.text("ok"))`;

  it("of a Hono app finds what breaks a rule, also beside a regular expression", async () => {
    const rule = `rules: [{ name: readers, only: { who: { scopes: [a] }, requests: "GET /x/*" } }]`;
    expect(await run(rule, hono(get("/x/:id", "a") + get("/y", "b")))).toMatchObject({ code: 0 });
    const all = `${get("/x/*", "a")}`;
    expect(await run(rule, hono(all))).toMatchObject({ code: 0 });
    expect(await run(rule, hono(get("/x/:id{[0-9]+}", "a") + all))).toMatchObject({ code: 2 });
    const unknown = await run(rule, hono(get("/x/:id{[0-9]+}", "b") + all));
    expect(unknown.code).toBe(2);
    expect(unknown.stdout).toContain("    not known: which requests GET /x/:id{[0-9]+} matches");
    const other = await run(rule, hono(get("/x/:id{[0-9]+}", "a") + get("/x/*", "b")));
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("GET /x, a user with scopes b: 200");
    const unread = await run(rule, hono(get("/static*", "a") + all));
    expect([unread.code, unread.stdout.includes("which requests GET /static* matches")]).toEqual([2, true]);
    const ofAll = hono(`.all("/x/all", need("a"), (c) => c.text("ok"))`);
    const own = `rules: [{ only: { who: { scopes: [a] }, requests: "GET /x/all" } }]`;
    expect(await run(own, ofAll)).toMatchObject({ code: 0, stderr: "" });
    // No parameter matches the empty segment behind a slash.
    const slash = ["/x", "/x/:id", "/x/:id/*"].map((each) => get(each, "a")).join("") + get("/x/*", "b");
    expect((await run(rule, hono(slash))).stdout).toContain("GET /x/, a user with scopes b: 200, by GET /x/*");
    const always = `rules: [{ always: { who: { scopes: [a] }, requests: "GET /x/*" } }]`;
    expect((await run(always, hono(slash))).stdout).toContain("GET /x/, a user with scopes a: 403 scope_missing");
    const withoutRest = ["/x", "/x/:id", "/x/:id/*"].map((each) => get(each, "a")).join("");
    expect(await run(always, hono(withoutRest))).toMatchObject({ code: 0 });
    const before = await run(rule, hono(all, `.use(async (c, next) => next())`));
    expect(before.code).toBe(2);
    expect(before.stdout).toContain("not known: whether middleware before entra() answers a request by itself");
  });

  const pass = `async (c, next) => next()`;

  it.each([
    ["behind middleware", hono(`.use(${pass})${get("/x", "a")}`), [0, 2]],
    [
      "behind middleware of the route",
      hono(`.get("/x", need("access_as_user"), ${pass}, need("a"), (c) => c.text("ok"))`),
      [0, 2],
    ],
    [
      "behind a handler, where it has no effect",
      hono(`.get("/x", need("access_as_user"), (c) => c.text("ok"), need("a"))`),
      [0, 0],
    ],
    [
      "that `every` of hono/combine hides",
      hono(`.use(every(need("a")))${get("/x", "access_as_user") + get("/y", "a")}`),
      [2, 2],
    ],
    ["behind middleware before the guard", hono(get("/x", "a"), `.get("/x", ${pass})`), [2, 1]],
  ])("prove for `always` that callers of Hono meet a requirement %s", async (_, app, codes) => {
    const decide = (scopes: string) =>
      run(`rules: [{ always: { who: { scopes: [${scopes}] }, requests: "GET /x" } }]`, app);
    const [whole, part] = [await decide("access_as_user, a"), await decide("access_as_user")];
    expect([whole.code, part.code]).toEqual(codes);
  });

  it("of a Hono app is not sure about a router that compares a part of a segment", async () => {
    const rule = `rules: [{ only: { who: { scopes: [a] }, requests: "GET /x/*" } }]`;
    const quick = hono(get("/x/:id{[0-9]+}", "a")).replace("dist/index.js", "dist/preset/quick.js");
    const { code, stdout } = await run(rule, quick);
    expect([code, stdout]).toEqual([2, expect.stringContaining("which requests GET /x/:id{[0-9]+} matches")]);
    const tiny = hono(`${get("/x/:the-id", "b")}${get("/x/:id", "a")}`).replace("dist/index.js", "dist/preset/tiny.js");
    expect((await run(rule, tiny)).stdout).toContain("which requests GET /x/:the-id matches");
  });

  it.each(["/a@1/:id", "/y|z/:id", "/:p{(?:fr|y@1)}"])("of a Hono app know %s if TrieRouter reads it", async (path) => {
    const rule = `rules: [{ only: { who: { scopes: [a] }, requests: "GET /*" } }]`;
    const own = await run(rule, hono(get(path, "a")));
    expect(own.stdout).toContain(`which requests GET ${path} matches`);
    expect(own.stdout.includes("new Hono({ router: new TrieRouter() }) reads this path as it is written")).toBe(
      !path.includes("{"),
    );
    const trie = hono(get(path, "a")).replace("new Hono()", "new Hono({ router: new TrieRouter() })");
    const imported = imports("TrieRouter", "node_modules/hono/dist/router/trie-router/index.js") + trie;
    expect(await run(rule, imported)).toMatchObject({ code: path.includes("{") ? 2 : 0 });
    const { routes } = tableOf(readHonoApp(new Hono().use(entra()).get(path, (c) => c.text("ok"))));
    expect(routes[0]?.note).toMatch(
      /matches: new Hono\({ router: new TrieRouter\(\) }\) reads this path as it is written$/,
    );
  });

  it("find no request with an empty segment inside its path, which the gate refuses", async () => {
    const app = worker.replace(
      'routes.get("/health", { public: true }, () => ({ status: 204 }));',
      `routes.get("/x", { public: true }, origin());
       routes.route({ method: "HEAD", path: "/x/*", public: true, handler: origin() });
       routes.get("/x/:p/*", { hooks: requireAuth("a") }, origin());`,
    );
    expect(await run(`rules: [{ public: "GET /x" }]`, app)).toMatchObject({ code: 0 });
    const paths = ["/x", "/x/", "/x/:p/*"].map((each) => `.use("${each}", entra())`);
    const open = hono("", `${paths.join("")}.get("/x/*", (c) => c.text("ok"))`);
    const rule = `rules: [{ only: { who: { scopes: [access_as_user] }, requests: "GET /x/*" } }]`;
    expect((await run(rule, open)).stdout).toContain("GET /x//xx, no token: 200, by GET /x/*");
  });

  it("of an App reads paths that have other meanings for Hono", async () => {
    const app = worker.replace("/admin/:page", "/admin@1/:page");
    const rule = `rules: [{ only: { who: { roles: [Admin] }, requests: "GET /admin@1/*" } }]`;
    expect(await run(rule, app)).toMatchObject({ code: 0 });
  });

  it("of a DaloyJS app count HEAD as GET", async () => {
    const daloy = `${imports("requireAuth", "src/adapters/daloy.ts")}
      const routes = [{ method: "GET", path: "/x", hooks: requireAuth("a") }];
      const find = (method) => (method === "GET" ? { handler: { def: routes[0] } } : undefined);
      export default { routes, router: { find }, introspect() {} };`;
    const rule = `rules: [{ only: { who: { scopes: [a] }, requests: "GET /x" } }]`;
    expect(await run(rule, daloy)).toMatchObject({ code: 0, stderr: "" });
    const always = await run(rule.replace("only", "always"), daloy);
    expect([always.code, always.stdout]).toEqual([2, expect.stringContaining("what the hooks of DaloyJS groups")]);
  });

  it("is not sure beside a regular expression of Hono, also if no request that was tried has a route", async () => {
    const rule = `rules: [{ only: { who: { scopes: [a] }, requests: "GET /x/*" } }]`;
    const { code, stdout } = await run(rule, hono(get("/x/:id{[0-9]+}", "a")));
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(/x\/:id\{\[0-9\]\+\} matches\n.*Use a parameter without a regular expression/),
    ]);
  });

  it("names no request that only an unknown word of a regular expression could match", async () => {
    const rule = (method: string) =>
      `rules: [{ name: readers, only: { who: { scopes: [a] }, requests: "${method} /x/:id", except: "GET /x/1234" } }]`;
    const app = hono(get("/x/:id{[0-9]{4}}", "a"));
    const { code, stdout } = await run(rule("GET"), app);
    expect([code, stdout]).toEqual([2, expect.stringContaining("which requests GET /x/:id{[0-9]{4}} matches")]);
    const other = await run(rule("POST"), app);
    expect([other.code, other.stdout]).toEqual([3, expect.stringContaining('"POST /x/:id", which no route matches')]);
  });

  it.each([
    ["three characters other than w", "/:p{[^w]{3}}"],
    ["an octal escape", "/:p{(?:fr|x\\057b)}"],
    ["the value of another parameter", "/*/:p{(?:f|\\1)}"],
    ["a mark that RegExpRouter removes", "/:p{[f.*$]}"],
    ["an expression that older versions of Hono read as optional", "/:p{f?r}/:q?"],
    ["alternatives, which TrieRouter compares with the rest of the path", "/:p{fr|de}"],
    ["a bar, which RegExpRouter does not escape", "/y|z/:w"],
    ["a mark of RegExpRouter", "/:p{(?:fr|y#1)}"],
    ["a slash behind a brace", "/:p{x{2}[^/]}"],
  ])("is not sure beside a path of Hono with %s", async (_, pattern) => {
    // Below a name, so that RegExpRouter does not leave the paths to TrieRouter.
    const handlers = get(`/z${pattern.replaceAll("\\", "\\\\")}`, "b") + get("/x/:y", "a");
    const rule = `rules: [{ name: readers, only: { who: { scopes: [a] }, requests: "GET /x/*" } }]`;
    const { code, stdout } = await run(rule, hono(handlers));
    expect([code, stdout]).toEqual([2, expect.stringContaining(`which requests GET /z${pattern} matches`)]);
  });

  it.each(["index", "preset/quick", "preset/tiny"])("predicts what the routers of hono/%s answer", async (module) => {
    const parts = [get("/x/:id/y", "a"), get("/x/*", "b"), get("/z/:n{[0-9]+}", "a"), get("/:w", "a")];
    const app = hono(parts.join("")).replace("dist/index.js", `dist/${module}.js`);
    const rules = `rules:
  - { name: mixed, only: { who: { scopes: [a] }, requests: "GET /x/*" } }
  - { name: words, only: { who: { scopes: [a] }, requests: "GET /:w" } }
  - { name: numbers, always: { who: { scopes: [a] }, requests: "GET /z/:n" } }`;
    const { stdout } = await run(rules, app, "--replay");
    expect(stdout.split("\n").filter((line) => /^[✓✗?]|GET|replay/.test(line))).toEqual([
      expect.stringContaining("✗ mixed"),
      "    GET /x, a user with scopes b: 200, by GET /:w",
      "      replay: the gate answered 200",
      "    GET /x/xx, a user with scopes b: 200, by GET /x/*",
      "      replay: the gate answered 200",
      expect.stringContaining("✗ words"),
      "    GET /x, a user with scopes b: 200, by GET /:w",
      "      replay: the gate answered 200",
      expect.stringContaining("✗ numbers"),
      "    GET /z/xx, a user with scopes a: 403 scope_missing, by no route",
      "      replay: the gate answered 403",
    ]);
  });

  it.each([
    ["hono", Hono],
    ["hono/quick", QuickHono],
    ["hono/tiny", TinyHono],
  ])("is replayed by the router of %s, so that a mistake in the table of routes shows", async (_, Framework) => {
    const read = (...middleware: readonly string[]) => {
      const app = new Framework().use(entra());
      for (const path of middleware) app.use(path, requireAuth("b"));
      return readHonoApp(app.get("/x/:id", requireAuth("a"), (c) => c.text("ok")));
    };
    const rule = "{ never: { who: { scopes: [a] }, requests: 'GET /x/:id' } }";
    const code = read("/x/*");
    expect(await replay(code, rule)).toMatchObject([{ counterexample: { status: 200 }, status: 200 }]);
    const mistaken = await replay({ ...code, table: read().table! }, rule);
    expect(mistaken).toMatchObject([{ counterexample: { status: 200 }, status: 403 }]);
    expect(mistaken.map(differs)).toEqual([true]);
  });

  it("about a name of MCP is replayed by the checks of its route, so that a mistake in the table of names shows", async () => {
    const routes = new App();
    const tools = { delete_order: requireAuthOf("orders.delete") };
    routes.register(mcp("/mcp", { hooks: requireAuthOf("mcp.use"), tools }));
    const code = { options: { routes } };
    const table = tableOf(code);
    const names = table.names?.map((each) => ({ ...each, accessOf: () => undefined })) ?? [];
    const rule = "{ never: { who: { scopes: [mcp.use] }, requests: POST /mcp tools/delete_order } }";
    const mistaken = await replay({ ...code, table: { ...table, names } }, rule);
    expect(mistaken).toMatchObject([{ counterexample: { status: 200 }, status: 403 }]);
  });

  it.each([
    ["alone", ""],
    ["after the first one", "/b"],
  ])("is unknown behind an entra() with another configuration than the first one, %s", async (_, path) => {
    const entraOf = (under: string, scope: string) =>
      `.use("${under}/*", entra({ ...${JSON.stringify(vars)}, ENTRA_REQUIRED_SCOPE: "${scope}" }))`;
    const appOf = (scope: string) =>
      `${hono("")}`.replace(
        ".use(entra())",
        `${entraOf(path || "/a", "a")}${entraOf("/b", scope)}.get("/b/x", (c) => c.text("ok"))`,
      );
    const rules = ["only", "always"].map((kind) => `{ ${kind}: { who: { scopes: [a] }, requests: "GET /b/x" } }`);
    const rule = `rules: [${rules.join(", ")}]`;
    expect(await run(rule, appOf("a"))).toMatchObject({ code: 0 });
    const { code, stdout } = await run(rule, appOf("b"));
    expect([code, stdout]).toEqual([2, expect.stringContaining("an entra() before it has another configuration")]);
  });

  it("of a DaloyJS app is unknown where hooks of groups decide", async () => {
    const daloy = `export default { routes: [{ method: "GET", path: "/a" }], introspect() {} };`;
    const { code, stdout } = await run(`rules: [{ never: { who: { kind: app }, requests: "GET /a" } }]`, daloy);
    expect([code, stdout.includes("not known: who may send requests to GET /a")]).toEqual([2, true]);
  });

  it("decides about an OpenAPI document, whose groups a token need not list", async () => {
    const group = "44444444-5555-6666-7777-888888888888";
    const scopes = { "orders.read": "", "orders.write": "" };
    const [authorizationUrl, tokenUrl] = ["authorize", "token"].map((end) => `${login}/${tenant}/oauth2/v2.0/${end}`);
    const schemes = { entra: { type: "oauth2", flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes } } } };
    const [reader, writer] = [{ entra: ["orders.read"] }, { entra: ["orders.write"] }];
    const paths = {
      "/orders/{id}": {
        get: { security: [reader, writer] },
        delete: { security: [writer], "x-entra-groups": [group] },
      },
      "/health": { get: { security: [] } },
    };
    const document = write("openapi.json", documentOf(paths, { schemes }));
    const rules = `rules:
  - { name: readers, only: { who: [{ scopes: [orders.read] }, { scopes: [orders.write] }], requests: "GET /orders/:id" } }
  - { name: one, only: { who: { scopes: [orders.read] }, requests: "GET /orders/*" } }
  - { name: nothing, public: [] }
  - { name: members, always: { who: { scopes: [orders.write], groups: [${group}] }, requests: "DELETE /orders/:id" } }`;
    const { stdout, code } = await run(rules, worker, "--routes", document, "--replay");
    const lines = stdout.split("\n").filter((line) => /^[✓✗?]|: 200|replay|not known/.test(line));
    expect([code, lines.map((line) => line.replace(/ {2}\(.*/, "").trim())]).toEqual([
      1,
      [
        "✓ readers",
        "✗ one",
        "GET /orders/x, a user with scopes orders.write: 200, by GET /orders/:id",
        "replay: the gate answered 200",
        "✗ nothing",
        "GET /health, no token: 200",
        "replay: the gate answered 200",
        "? members",
        "not known: the groups of users in so many that their tokens do not list them",
      ],
    ]);
  });

  it("replays with the callers that the rules presume, and says if the gate answers otherwise", async () => {
    // The second guard of the list would otherwise refuse every caller of the worker: no tenant is allowed, and each
    // token is revoked.
    const { stdout } = await run(`rules: [{ never: { who: {}, requests: "GET /orders/:id" } }]`, worker, "--replay");
    expect(stdout).toContain("replay: the gate answered 200");
    // Without the callback, this configuration has a fault.
    const ofMany = { main: write("of-many.ts", worker), vars: { ...vars, ENTRA_TENANT_ID: "organizations" } };
    const rules = write("rules.yaml", `rules: [{ never: { who: {}, requests: "GET /orders/:id" } }]`);
    const many = await runHere(["test", rules, "--config", write("of-many.json", ofMany), "--replay"]);
    expect(many.stdout).toContain("replay: the gate answered 200");
  });

  it.each([
    ["no list", "rules: 1", "1: rules is not a list of rules"],
    ["an empty list", "rules: []", "1: rules is empty"],
    ["no object", "rules: [1]", "1: the rule is not an object"],
    ["no kind", "rules: [{ name: a }]", "1: the rule has none of never"],
    [
      "two kinds",
      "rules:\n- { public: [], never: { who: {}, requests: '* /*' } }",
      "2: the rule has both never and public",
    ],
    ["an unknown member", "rules:\n- { public: [], who: {} }", "2: who is not a member that is known here"],
    ["no who", "rules:\n- only: { requests: '* /*' }", "2: only.who is missing"],
    ["a list of nothing", "rules:\n- only: { who: [], requests: '* /*' }", "2: only.who is empty"],
    [
      "an unknown member of who",
      "rules:\n- only:\n    who: { scope: [a] }\n    requests: '* /*'",
      "3: only.who.scope is not",
    ],
    [
      "no list of scopes",
      "rules:\n- only: { who: { scopes: a }, requests: '* /*' }",
      "2: only.who.scopes is not a list",
    ],
    [
      "another kind",
      "rules:\n- only: { who: { kind: daemon }, requests: '* /*' }",
      "2: only.who.kind is not user or app",
    ],
    ["a client ID", "rules:\n- only: { who: { clients: [spa] }, requests: '* /*' }", "2: only.who cannot hold"],
    [
      "apps with scopes",
      "rules:\n- never: { who: { kind: app, scopes: [a] }, requests: '* /*' }",
      "2: never.who holds for no caller",
    ],
    ["no request", "rules:\n- never: { who: {} }", "2: never.requests is missing"],
    ["an empty list of requests", "rules:\n- never: { who: {}, requests: [] }", "2: never.requests is empty"],
    ["no method", "rules:\n- never: { who: {}, requests: /a }", '2: never.requests is "/a", which is no request'],
    ["a small method", "rules:\n- never: { who: {}, requests: 'get /a' }", '2: never.requests has the method "get"'],
    [
      "another path",
      "rules:\n- never: { who: {}, requests: 'GET /a/{id}' }",
      '2: never.requests has the path "/a/{id}"',
    ],
    [
      "a name for GET",
      "rules:\n- never: { who: {}, requests: 'GET /a tools/b' }",
      "2: never.requests names tools/b, but only POST has messages",
    ],
    ["everything public", "rules:\n- public: ['* /*']", "2: public.0 allows every request to be public"],
    [
      "two names",
      "rules:\n- { name: a, public: [] }\n- { name: a, public: [] }",
      '3: the rule repeats the rule "a" of line 2',
    ],
  ])("names the line of %s", (_, text, expected) => {
    const read = readCases(text);
    const faults = "faults" in read ? read.faults.map(({ line, problem }) => `${line}: ${problem}`) : [];
    expect(faults.join("\n")).toContain(expected);
  });

  it.each([
    ["a number in public", "rules:\n- public: 1", 'Write public: ["GET /health"'],
    ["a path in public", "rules:\n- public: /a", 'Write public: ["GET /health"'],
    ["everything in public", "rules:\n- public: ['* /*']", 'Write public: ["GET /health"'],
    ["a path in never", "rules:\n- never: { who: {}, requests: /a }", 'Write requests: "GET /orders/*"'],
    [
      "a misspelt member",
      "rules:\n- never: { who: { scpoes: [a] }, requests: '* /a' }",
      "Did you mean scopes? Known are ",
    ],
  ])("says what to write for %s", (_, text, expected) => {
    const read = readCases(text);
    expect("faults" in read && read.faults.map(({ repair }) => repair).join()).toContain(expected);
  });

  it("exits with 3 for names that no route has, and shows what breaks the rules nevertheless", async () => {
    const { code, stdout } = await run(`rules:
  - { name: path, only: { who: { roles: [Admin] }, requests: "GET /amdin/*" } }
  - { name: role, never: { who: { roles: [Amdin], kind: app }, requests: "GET /admin/*" } }
  - { name: scope, only: { who: { scopes: [orders.raed] }, requests: "GET /orders/:id" } }`);
    expect(code).toBe(3);
    expect(stdout.split("\n").filter((line) => !line.includes("claims"))).toEqual([
      expect.stringMatching(/^! path {2}\(.*rules\.yaml:2\)$/),
      '    the rule names the requests "GET /amdin/*", which no route matches. Correct the method or the path, or remove the request.',
      expect.stringMatching(/^! role {2}\(.*rules\.yaml:3\)$/),
      '    the rule names the role "Amdin", which no route requires. Use one of Orders.Admin, Admin.',
      expect.stringMatching(/^✗ scope {2}\(.*rules\.yaml:4\)$/),
      "    GET /orders/x, a user with scopes orders.read: 200, by GET /orders/:id",
      '    the rule names the scope "orders.raed", which no route requires. Use one of orders.read, access_as_user.',
      "",
      "Rules: 0 proved, 1 broken, 0 unknown, 2 mistaken.",
      expect.any(String),
      "",
    ]);
  });
});
