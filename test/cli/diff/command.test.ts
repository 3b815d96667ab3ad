import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listPaths } from "../../../cli/decisions/paths.ts";
import { documentOf } from "../compile/support.ts";
import { environment } from "../support/explain-world.ts";
import { runHere } from "../support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "diff-"));
afterAll(() => rmSync(folder, { recursive: true }));
const config = path.join(folder, "wrangler.json");
writeFileSync(config, JSON.stringify({ vars: { ...environment, GATE_HEALTH: "public" } }));
let files = 0;

/** Writes a module with an app of routes, or a document. */
function write(content: string | object): string {
  files += 1;
  const isModule = typeof content === "string";
  const file = path.join(folder, isModule ? `routes-${files}.ts` : `openapi-${files}.json`);
  const imports = `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};`;
  writeFileSync(file, isModule ? `${imports} const app = new App(); ${content}` : JSON.stringify(content));
  return file;
}

const gate = (routes: string, options = "") => `${routes} export default createGate({ routes: app, ${options} });`;
const get = (route: string, scope: string) => `app.get("${route}", { hooks: requireAuth("${scope}") }, origin());`;

function diff(before: string | object, after: string | object, ...args: readonly string[]) {
  return runHere(["diff", write(before), write(after), "--config", config, ...args]);
}

/** Kind, requests, and who may send them. */
async function changes(before: string | object, after: string | object): Promise<readonly string[]> {
  const { stdout } = await diff(before, after, "--json");
  const listed: readonly { kind: string; request: string; before: object; after: object }[] =
    JSON.parse(stdout).changes;
  return listed.map(({ kind, request, before: was, after: is }) =>
    [kind, request, ...[was, is].map((side) => (side as { callers: string }).callers)].join("; "),
  );
}

const notCompared = "Not compared: variables, bindings and other settings: to compare them too, name two folders.";

describe("entra-gate diff", () => {
  const list = get("/orders", "orders.read");

  it("says nothing of routes that admit the same callers in other words", async () => {
    const other = `app.get("/orders", { hooks: requireAuth({ anyScope: ["orders.read"] }) }, origin());`;
    const { code, stdout, stderr } = await diff(gate(list), gate(other));
    expect([code, stdout, stderr]).toEqual([
      0,
      `The same callers are admitted to every request.\n${notCompared}\n`,
      "",
    ]);
  });

  it("follows the requests of a removed route to a wildcard, the default requirement or 404", async () => {
    const removed = get("/orders/:id", "orders.admin");
    const wildcard = get("/orders/*", "orders.read");
    expect(await changes(gate(wildcard + removed), gate(wildcard))).toEqual([
      "weaker; GET /orders/:id; a user with scope orders.admin; a user with scope orders.read",
    ]);
    expect(await changes(gate(removed), gate(""))).toEqual([
      "weaker; GET /orders/:id; a user with scope orders.admin; a user with scope access_as_user (the default)",
    ]);
    const reject = 'unlisted: "reject"';
    expect(await changes(gate(removed, reject), gate("", reject))).toEqual([
      "gone; GET /orders/:id; a user with scope orders.admin; 404",
    ]);
  });

  it("sends no request to a route that the gate refuses as another spelling of a path", async () => {
    const others = get("/orders.", "a") + get("/orders/:id", "a");
    expect(await changes(gate(others + get("/:list/me", "b")), gate(others + get("/:list/me", "a")))).toEqual([
      "weaker; GET /:list/me; a user with scope b; a user with scope a",
    ]);
    const dotted = get("/x.", "a");
    expect(await changes(gate(dotted + get("/:list", "b")), gate(dotted + get("/:list", "a")))).toEqual([
      "weaker; GET /:list; a user with scope b; a user with scope a",
    ]);
  });

  it("reports a route that only now exists, and what the whole gate does with other requests", async () => {
    const own = get("/me", "access_as_user");
    expect(await changes(gate(""), gate(own))).toEqual([
      "new; GET /me; a user with scope access_as_user (the default); a user with scope access_as_user",
    ]);
    expect(await changes(gate(own, 'unlisted: "reject"'), gate(own))).toEqual([
      "weaker; all other requests; 404; a user with scope access_as_user (the default)",
    ]);
    const strict = get("/me", "orders.read");
    expect(await changes(gate(""), gate(strict))).toEqual([
      "weaker; GET /me; a user with scope access_as_user (the default); a user with scope orders.read",
    ]);
  });

  it("counts report mode as any caller, and ignores what the health page answers", async () => {
    const reported = `app.get("/orders", { hooks: requireAuth("orders.read"), mode: "report" }, origin());`;
    expect(await changes(gate(list), gate(reported))).toEqual([
      "weaker; GET /orders; a user with scope orders.read; any caller with a valid token (report mode), instead of a user with scope orders.read",
    ]);
    const health = get("/.well-known/entra-gate/health", "orders.read");
    expect(await changes(gate(list), gate(list + health))).toEqual([]);
  });

  it("compares what will be enforced too if the variables set report mode", async () => {
    const file = path.join(folder, "report.json");
    writeFileSync(file, JSON.stringify({ vars: { ...environment, GATE_MODE: "report" } }));
    const kinds = async (before: string, after: string) => {
      const { stdout } = await diff(gate(before), gate(after), "--json", "--config", file);
      return JSON.parse(stdout).changes.map(({ kind, request }: Record<string, string>) => `${kind} ${request}`);
    };
    const admin = get("/orders", "orders.admin");
    const more = `app.get("/orders", { hooks: requireAuth("orders.read", "orders.admin") }, origin());`;
    const enforced = `app.get("/orders", { hooks: requireAuth("orders.read"), mode: "enforce" }, origin());`;
    expect(await kinds(list, list)).toEqual([]);
    expect(await kinds(list, admin)).toEqual(["weaker GET /orders"]);
    expect(await kinds(list, more)).toEqual(["stronger GET /orders"]);
    expect(await kinds(enforced, list)).toEqual(["weaker GET /orders"]);
  });

  it("compares what will be enforced too if a route sets report mode", async () => {
    const reported = (scope: string) =>
      gate(`app.get("/orders", { hooks: requireAuth("${scope}"), mode: "report" }, origin());`);
    const report = (scope: string) =>
      `any caller with a valid token (report mode), instead of a user with scope ${scope}`;
    expect(await changes(reported("orders.admin"), reported("orders.read"))).toEqual([
      `weaker; GET /orders; ${report("orders.admin")}; ${report("orders.read")}`,
    ]);
    expect(await changes(reported("orders.read"), gate(list))).toEqual([
      `stronger; GET /orders; ${report("orders.read")}; a user with scope orders.read`,
    ]);
  });

  it("counts no callers of tenants that the variables do not allow", async () => {
    const ofTenants = (...tenants: readonly (string | undefined)[]) =>
      `app.get("/orders", { hooks: requireAuth({ scopes: ["a"], tenants: ${JSON.stringify(tenants)} }) }, origin());`;
    const own = environment.ENTRA_TENANT_ID;
    const other = "99999999-2222-4333-8444-555555555555";
    expect(await changes(gate(ofTenants(own)), gate(ofTenants(own, other)))).toEqual([]);
    expect(await changes(gate(ofTenants(other)), gate(ofTenants(own)))).toEqual([expect.stringMatching(/^weaker/)]);
  });

  it("writes what changed, with a caller for example, until it is accepted", async () => {
    const before = `${list} ${get("/orders/:id", "orders.read")} ${get("/reports", "reports.read")} export { app as routes };`;
    const after = `app.get("/orders", { public: true }, origin()); ${get("/orders/:id", "orders.admin")}
      app.get("/reports", { hooks: requireAuth("reports.read", "reports.all") }, origin()); export { app as routes };`;
    const { code, stdout, stderr } = await diff(before, after);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "open  GET /orders",
      "  before    a user with scope orders.read",
      "  now       anyone",
      "",
      "weaker and stronger  GET /orders/:id",
      "  before    a user with scope orders.read",
      "  now       a user with scope orders.admin",
      "  admitted  for example a user with scopes orders.admin",
      "  refused   for example a user with scopes orders.read",
      "",
      "stronger  GET /reports",
      "  before    a user with scope reports.read",
      "  now       a user with scopes reports.read reports.all",
      "  refused   for example a user with scopes reports.read",
      "",
      "Changes: 1 open, 1 weaker, 1 stronger.",
      notCompared,
      "",
    ]);
    expect(stderr).toContain('add --accept "GET /orders" --accept "GET /orders/:id".');
    const accepted = ["--accept", "GET /orders", "--accept", "GET /orders/:id"];
    const table = await diff(before, after, "--format", "markdown", ...accepted);
    expect([table.code, table.stderr]).toEqual([0, ""]);
    expect(table.stdout.split("\n").slice(0, 4)).toEqual([
      "| change | request | before | now |",
      "|---|---|---|---|",
      "| open (accepted) | `GET /orders` | a user with scope orders.read | anyone |",
      "| weaker and stronger (accepted) | `GET /orders/:id` | a user with scope orders.read | a user with scope orders.admin; for example a user with scopes orders.admin |",
    ]);
  });

  const to = (name: string, scope = "orders.read") =>
    `app.get("/orders", { hooks: requireAuth("${scope}") }, origin({ to: "${name}" }));`;

  it("wants to be told that requests go to another origin", async () => {
    const [before, after] = [gate(to("billing")), gate(to("history"))];
    const { code, stdout, stderr } = await diff(before, after);
    expect([code, stdout, stderr]).toEqual([
      1,
      [
        "elsewhere  GET /orders",
        "  before    a user with scope orders.read, to the origin billing",
        "  now       a user with scope orders.read, to the origin history",
        "",
        "Changes: 1 elsewhere.",
        notCompared,
        "",
      ].join("\n"),
      'Requests go to another origin than before. If you intend it, add --accept "GET /orders".\n',
    ]);
    const accepted = await diff(before, after, "--accept", "GET /orders");
    expect([accepted.code, accepted.stderr]).toEqual([0, ""]);
    const group = `app.group("/orders", { origin: "billing" }, (own) => {
      own.get("/", { hooks: requireAuth("orders.read") }, origin());
    });`;
    expect(await changes(before, gate(group))).toEqual([]);
  });

  it("compares the origins that documents name", async () => {
    const operation = { security: [{ entra: ["orders.write"] }] };
    const none = documentOf({ "/orders": { get: operation } });
    const named = documentOf({ "/orders": { get: operation, "x-entra-origin": "billing" } });
    expect((await diff(none, named)).stdout).toMatch(/^elsewhere {2}GET \/orders\n.*\n.*, to the origin billing\n/);
    expect((await diff(named, none)).stdout).toMatch(/^elsewhere {2}GET \/orders\n.*\n.*, to the origin ORIGIN\n/);
    expect(await changes(named, gate(to("billing", "orders.write"), 'unlisted: "reject"'))).toEqual([]);
  });

  it.each([
    [list, to("billing"), "elsewhere GET /orders ORIGIN billing"],
    [to("billing"), list, "elsewhere GET /orders billing ORIGIN"],
    [to("billing"), "", "weaker GET /orders billing ORIGIN"],
    ["", to("billing", "access_as_user"), "elsewhere GET /orders ORIGIN billing"],
    [to("billing"), to("history", "orders.admin"), "weaker GET /orders billing history"],
    [list, `app.get("/orders", { public: true }, origin({ to: "billing" }));`, "open GET /orders ORIGIN billing"],
  ])("names both origins of requests %#", async (before, after, expected) => {
    const { code, stdout, stderr } = await diff(gate(before), gate(after), "--json");
    const [change] = JSON.parse(stdout).changes;
    const { kind, request } = change;
    expect([code, [kind, request, change.before.origin, change.after.origin].join(" ")]).toEqual([1, expected]);
    expect(stderr).toContain("Requests go to another origin than before.");
  });

  it("says that a requirement and the origin change", async () => {
    const more = `app.get("/orders", { hooks: requireAuth("orders.read", "orders.admin") }, origin({ to: "billing" }));`;
    const stronger = await diff(gate(list), gate(more));
    expect([stronger.code, stronger.stdout]).toEqual([
      1,
      expect.stringContaining("elsewhere and stronger  GET /orders"),
    ]);
    const open = `app.get("/orders", { public: true }, origin({ to: "billing" }));`;
    expect((await diff(gate(list), gate(open))).stdout).toContain("open and elsewhere  GET /orders");
  });

  it("asks for no acceptance of a new route to an origin if other requests got 404", async () => {
    const reject = 'unlisted: "reject"';
    const [change] = await changes(
      gate(list, reject),
      gate(list + get("/invoices", "a").replace("origin()", 'origin({ to: "billing" })'), reject),
    );
    expect(change).toBe("weaker; GET /invoices; 404; a user with scope a");
    const { stdout, stderr } = await diff(gate(to("billing"), reject), gate("", reject));
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^gone {2}GET/), ""]);
    // Report mode forwards them.
    const reported = path.join(folder, "reported.json");
    writeFileSync(reported, JSON.stringify({ vars: { ...environment, GATE_MODE: "report" } }));
    const files = [gate("", reject), gate(to("billing"), reject)].map(write);
    const report = await runHere(["diff", ...files, "--config", reported]);
    expect([report.code, report.stdout]).toEqual([
      1,
      expect.stringMatching(/^weaker and elsewhere {2}GET \/orders\n.*, to the origin ORIGIN\n/),
    ]);
  });

  it("stops if --accept names requests whose callers do not change", async () => {
    const same = await diff(gate(list), gate(list), "--accept", "GET /orders");
    expect([same.code, same.stdout, same.stderr]).toEqual([
      3,
      "",
      expect.stringContaining('--accept "GET /orders" names no change. Remove the option\n'),
    ]);
    const other = gate(get("/orders", "orders.admin"));
    const misspelt = await diff(gate(list), other, "--accept", "GET /orders", "get /orders");
    expect([misspelt.code, misspelt.stderr]).toEqual([
      3,
      expect.stringContaining('--accept "get /orders" names no change. Remove the option, or'),
    ]);
  });

  it("compares documents, whose public operations and other schemes need no option, with modules", async () => {
    const key = { type: "apiKey", in: "header", name: "x-key" };
    const operation = { security: [{ entra: ["orders.write"], key: [] }] };
    const open = { security: [] };
    const document = documentOf({ "/orders": { get: operation, put: operation } }, { schemes: { key } });
    expect(await changes(document, documentOf({ "/orders": { get: open } }))).toEqual([
      "open; GET /orders; a user with scope orders.write; anyone",
      "gone; PUT /orders; a user with scope orders.write; 404",
    ]);
    const module = gate(get("/orders", "orders.write"), 'unlisted: "reject"');
    expect(await changes(document, module)).toEqual(["gone; PUT /orders; a user with scope orders.write; 404"]);
  });

  it("compares what an MCP route requires for each tool, and for all others", async () => {
    const server = (tools: string, options = 'hooks: requireAuth("use")') =>
      `import { mcp } from "${root}/src/extensions/mcp/mcp.ts";
      app.register(mcp("/mcp", { ${options}, ${tools} })); export default createGate({ routes: app, unlisted: "reject" });`;
    const tools = (named: string, others?: string) =>
      `tools: { remove: requireAuth("${named}")${others ? `, "*": requireAuth("${others}")` : ""} }`;
    expect(await changes(server(tools("b")), server(tools("b")))).toEqual([]);
    expect(await changes(server(tools("b")), server(tools("a")))).toEqual([
      "weaker; POST /mcp tools/remove; a user with scope use; and a user with scope b; a user with scope use; and a user with scope a",
    ]);
    expect(await changes(server(tools("b")), server(""))).toEqual([
      "weaker; POST /mcp tools/remove; a user with scope use; and a user with scope b; a user with scope use",
      "weaker; POST /mcp tools/*; no caller; a user with scope use",
    ]);
    expect(await changes(server(tools("b")), server('tools: { "*": requireAuth("a") }'))).toEqual([
      "weaker; POST /mcp tools/remove; a user with scope use; and a user with scope b; a user with scope use; and a user with scope a",
      "weaker; POST /mcp tools/*; no caller; a user with scope use; and a user with scope a",
    ]);
    expect(await changes(server(tools("b", "a")), server(tools("b", "c"), "public: true"))).toContain(
      "weaker; POST /mcp tools/*; a user with scope use; and a user with scope a; a user with scope c",
    );
  });

  it("counts callers with a token for another API or with a revoked one, as configuration and options in code say", async () => {
    const app = (variables: object, options = "{}") =>
      `import { createEntraPlugin } from "${root}/src/index.ts"; ${list}
      app.register(createEntraPlugin(${JSON.stringify({ ...environment, GATE_URL: "https://api.contoso.com", ...variables })}, ${options}));
      export default app;`;
    const other = { ENTRA_API_AUDIENCE: `${environment.ENTRA_API_AUDIENCE} api://other` };
    const audience = await diff(app({}), app(other));
    expect([audience.code, audience.stdout]).toEqual([
      1,
      expect.stringContaining("\n  admitted  for example a user with scopes orders.read, audience api://other\n"),
    ]);
    expect(await diff(app(other), app({}))).toMatchObject({ code: 0 });
    const revoking = app({}, "{ revokedAtSeconds: () => 1 }");
    const revoked = await diff(revoking, app({}));
    expect([revoked.code, revoked.stdout]).toEqual([
      1,
      expect.stringContaining("\n  admitted  for example a user with scopes orders.read, a revoked token\n"),
    ]);
    expect(await diff(app({}), revoking)).toMatchObject({ code: 0 });
    const at = { GATE_REVOCATIONS_URL: "https://config.contoso.com/", GATE_REVOCATIONS_TOKEN: "secret" };
    const load = `import { revocations } from "${root}/src/extensions/revocations/revocations.ts";`;
    const listing = load + app(at, "{ revocations: revocations() }");
    expect(await diff(listing, app({}))).toMatchObject({ code: 1, stdout: expect.stringContaining("a revoked token") });
    // The requests do not show which tokens are revoked, as long as something revokes any.
    const both = load + app(at, "{ revokedAtSeconds: () => 1, revocations: revocations() }");
    expect(await diff(revoking, both)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^stronger {2}revocations\n/),
    });
    for (const [before, name] of [
      [both, "revocations"],
      [listing, "revocations"],
    ] as const) {
      const removed = await diff(before, revoking);
      expect([removed.code, removed.stdout]).toEqual([1, expect.stringMatching(new RegExp(`^weaker {2}${name}\n`))]);
      expect(removed.stderr).toContain(`--accept "${name}"`);
    }
  });

  it("shows in the requests which tenants code allows, and whether it revokes tokens", async () => {
    const same = await diff(gate(list), gate(list, "isTenantAllowed: () => true"));
    expect(same.stdout).toMatch(/^The same callers/);
    const { stdout } = await diff(
      gate(list, 'revokedAtSeconds: () => undefined, unlisted: "reject"'),
      gate(list, 'unlisted: "reject"'),
    );
    expect(stdout.match(/^weaker.*$/gm)).toEqual(["weaker  GET /orders"]);
  });

  it("writes a name in a table of Markdown as code that ends nowhere else", async () => {
    const imports = `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { entra, requireAuth as need } from "${root}/src/adapters/hono.ts";`;
    const hono = (scope: string) =>
      `${imports} export default new Hono().use(entra()).get("/a\`|_b", need("${scope}"), (c) => c.text("ok"));`;
    const { stdout } = await diff(hono("b"), hono("a"), "--format", "markdown");
    expect(stdout).toContain("| `GET /a'\\|_b` |");
  });

  it("compares requests to handlers of a Hono app for all methods, and below the paths of its middleware", async () => {
    const imports = `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { entra, requireAuth as need } from "${root}/src/adapters/hono.ts";`;
    const hono = (handlers: string) => `${imports} export default new Hono().use(entra())${handlers};`;
    const answer = '(c) => c.text("ok")';
    const list = `.get("/:area/list", need("a"), ${answer})`;
    expect(await changes(hono(`.use("/admin/*", need("b"))${list}`), hono(list))).toEqual([
      "weaker; GET /:area/list; a user with scope b; and a user with scope a; a user with scope a",
    ]);
    const all = (scope: string) => hono(`.all("/proxy", need("${scope}"), ${answer})`);
    const changed = await changes(all("b"), all("a"));
    expect(changed).toHaveLength(7);
    expect(changed).toContain("weaker; DELETE /proxy; a user with scope b; a user with scope a");
    expect(await changes(all("a"), all("a"))).toEqual([]);
    // The guard applies the default before middleware, and the requirement behind it is checked when it is reached.
    const behind = (own: string) => hono(`.use((c, next) => next()).get("/x", ${own}${answer})`);
    const [weaker, ...others] = await changes(behind('need("a"), '), behind(""));
    expect(others).toEqual([]);
    expect(weaker).toMatch(
      /^weaker; GET \/x; .*; behind middleware, .* with scope a; a user with scope access_as_user/,
    );
    // A handler that takes `next` may only call it.
    const late = (own: string) =>
      hono(`.get("/x", ${own}${answer})`).replace(".use", '.get("/x", (c, next) => next()).use');
    expect(await changes(late('need("a"), '), late(""))).toHaveLength(1);
  });

  it("cannot tell whether middleware of Hono answers that a change puts before the guard", async () => {
    const app = (chain: string) => `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { entra } from "${root}/src/adapters/hono.ts"; const files = (c, next) => next();
      export default new Hono()${chain}.get("/x", (c) => c.text("ok"));`;
    const [behind, before] = [app('.use(entra()).use("/x", files)'), app('.use("/x", files).use(entra())')];
    const { code, stdout } = await diff(behind, before);
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^unknown {2}GET \/x$/m)]);
    expect((await diff(before, before)).code).toBe(0);
    expect((await diff(before, behind)).code).toBe(0);
    // All requests without a route are one change.
    const everywhere = await diff(app(".use(entra())"), app(".use(files, entra())"));
    expect(everywhere.stdout).toContain("Changes: 1 weaker, 1 unknown.");
    const folder = await diff(app(".use(entra())"), app('.use("/files/*", files).use(entra())'));
    expect(folder.stdout).toMatch(/^weaker {2}GET \/files$/m);
    expect(folder.stdout).toContain("Changes: 1 weaker.");
    // Requirements with no route behind them are compared by path.
    const areas = (one: string, other: string) =>
      `import { requireAuth as need } from "${root}/src/adapters/hono.ts";${app(
        `.use(files, entra()).use("/a/*", need("${one}")).use("/b/*", need("${other}"))`,
      )}`;
    const swapped = await diff(areas("s", "t"), areas("t", "s"));
    expect(swapped.stdout).toMatch(/^weaker and stronger {2}GET \/a$/m);
    expect(swapped.stdout).toMatch(/^weaker and stronger {2}GET \/b$/m);
  });

  it("cannot tell whether a function of hono/combine runs the guard", async () => {
    const app = (own: string) => `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { every } from "${root}/node_modules/hono/dist/middleware/combine/index.js";
      import { entra } from "${root}/src/adapters/hono.ts";
      export default new Hono().use(${own}).use("/a/*", entra()).get("/x", (c) => c.text("ok"));`;
    const { code, stdout } = await diff(app("every(entra())"), app("(c, next) => next()"));
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^unknown {2}GET \/x$/m)]);
    expect(stdout).toContain("every() of hono/combine may run entra()");
  });

  it("cannot tell where the code does not show who may call", async () => {
    const daloy = (hooks: string) =>
      `export default { routes: [{ method: "GET", path: "/a"${hooks} }], introspect() {} };`;
    const { code, stdout } = await diff(daloy(', hooks: requireAuth("a")'), daloy(""));
    expect([code, stdout.split("\n")[0]]).toEqual([2, "unknown  GET /a"]);
  });

  it("cannot tell what changes for a request that several routes of DaloyJS match", async () => {
    const daloy = (...scopes: readonly string[]) => {
      const routes = scopes.map((scope) => `{ method: "GET", path: "/:p", hooks: requireAuth("${scope}") }`);
      return `export default { routes: [${routes.join()}], introspect() {} };`;
    };
    const { code, stdout } = await diff(daloy("a", "b"), daloy("b", "a"));
    expect([code, stdout.split("\n")[0]]).toEqual([2, "unknown  GET /x"]);
    expect((await diff(daloy("a", "b"), daloy("a", "b"))).code).toBe(0);
  });

  it("asks the router of DaloyJS which of several routes answers", async () => {
    const daloy = (scope: string, more = "") => `
      const routes = [["/:p", "b"], ["/x", "${scope}"]].map(([path, own]) =>
        ({ method: "GET", path, hooks: requireAuth(own)${more} }));
      const find = (method, path) => method === "GET" && path === "/x" ? { handler: { def: routes[1] } } : undefined;
      export default { routes, router: { find }, introspect() {} };`;
    expect(await changes(daloy("b"), daloy("a"))).toEqual(["weaker; GET /x; a user with scope b; a user with scope a"]);
    const { code } = await diff(daloy("b"), daloy("a", ", internal: true"));
    expect(code).toBe(2);
  });

  describe("for the patterns of Hono", () => {
    const imports = `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { entra, requireAuth as need } from "${root}/src/adapters/hono.ts";`;
    const hono = (handlers: string) => `${imports} export default new Hono().use(entra())${handlers};`;
    const get = (pattern: string, scope: string) => `.get("${pattern}", need("${scope}"), (c) => c.text("ok"))`;

    const unknown =
      "unknown: the regular expressions at this place differ or overlap, and this command compares only their text";

    it.each([
      ["a regular expression", "/x/:id{[0-9]+}"],
      ["a regular expression between slashes", "/:id{[0-9]{4}}/x"],
      ["alternatives", "/:lang{(?:en|de)}/x"],
      ["an optional parameter", "/x/:id?"],
      ["a wildcard in the middle", "/*/x"],
      ["the rest of a path", "/x/:rest{.+}"],
    ])("compares the requests of %s", async (_, pattern) => {
      expect(await changes(hono(get(pattern, "a")), hono(get(pattern, "a")))).toEqual([]);
      expect(await changes(hono(get(pattern, "b")), hono(get(pattern, "a")))).toEqual([
        `weaker; GET ${pattern}; a user with scope b; a user with scope a`,
      ]);
    });

    it("distinguishes what a regular expression matches from the rest", async () => {
      const before = `.use("/x/:id{[0-9]+}", need("b"))${get("/x/:id", "a")}`;
      const listed = await changes(hono(before), hono(get("/x/:id", "a")));
      expect(listed).toEqual([
        "weaker; GET /x/:id; a user with scope b; and a user with scope a; a user with scope a",
        `unknown; ALL /x/:id{[0-9]+}; ${unknown}; not declared`,
      ]);
      expect(await changes(hono(before), hono(`.use("/x/:id{[0-9]+}", need("b"))${get("/x/:id", "a")}`))).toEqual([]);
    });

    it("is unknown for a regular expression that only one side has at a place", async () => {
      const [one, other] = [get("/x/:id{[0-9]+}", "a"), get("/x/:id{\\\\d+}", "a")];
      expect(await changes(hono(one), hono(other))).toEqual([
        `unknown; GET /x/:id{[0-9]+}; ${unknown}; not declared`,
        `unknown; GET /x/:id{\\d+}; not declared; ${unknown}`,
      ]);
      const { code, stdout, stderr } = await diff(hono(one), hono(""));
      expect([code, stdout.split("\n")[0]]).toEqual([2, "unknown  GET /x/:id{[0-9]+}"]);
      expect(stderr).toContain("does not know whether callers are admitted");
      expect(await changes(hono(one), hono(get("/x/:key{[0-9]+}", "a")))).toEqual([]);
    });

    it("is unknown if regular expressions at the same place change their order, or hide what changes", async () => {
      const [one, other] = [get("/:w{[a-z]+}", "a"), get("/:v{[0-9]+}", "b")];
      expect(await changes(hono(one + other), hono(one + other))).toEqual([]);
      const lines = ["/:w{[a-z]+}", "/:v{[0-9]+}"].map((path) => `unknown; GET ${path}; ${unknown}; ${unknown}`);
      expect(await changes(hono(one + other), hono(other + one))).toEqual(lines);
      const shown = await changes(hono(get("/:w{[a-z]+}", "b") + other), hono(one + other));
      expect(shown).toEqual(["weaker; GET /:w{[a-z]+}; a user with scope b; a user with scope a"]);
      // Only a request that both match shows that `b` is no longer required.
      const of = (own: string) => hono(`.use("/:w{[a-z]+}"${own}, (c, next) => next())${other}`);
      expect(await changes(of(', need("access_as_user")'), of(""))).toEqual([
        `unknown; ALL /:w{[a-z]+}; ${unknown}; ${unknown}`,
      ]);
    });

    it("compares what a regular expression leaves to the route beside it, whichever words it matches", async () => {
      const beside = (whole: string, scope: string) => hono(get(whole, "a") + get("/orders/:id", scope));
      for (const whole of ["/orders/:id{[a-z]+}", "/orders/:id{[A-Z0-9.@_-]{1,40}}", "/orders/:id{(?=[^/])[^/]+}"]) {
        expect(await changes(beside(whole, "b"), beside(whole, "b"))).toEqual([]);
        expect(await changes(beside(whole, "b"), beside(whole, "a"))).toEqual([
          "weaker; GET /orders/:id; a user with scope b; a user with scope a",
        ]);
      }
    });

    it("compares them with a route of an App", async () => {
      const app = `app.get("/x/:id", { hooks: requireAuth("b") }, origin());`;
      expect(await changes(gate(app), hono(get("/x/:id{[^/]+}", "a")))).toContain(
        "weaker; GET /x/:id; a user with scope b; a user with scope a",
      );
    });

    it("compares a literal route that a regular expression matches", async () => {
      const [literal, own] = [get("/xxx", "b"), get("/:kind{[a-z]{3}}", "a")];
      expect(await changes(hono(literal + own), hono(own + literal))).toEqual([
        "weaker; GET /xxx; a user with scope b; a user with scope a",
      ]);
    });

    it("is unknown for a pattern that the command cannot read, if anything changes, and goes on", async () => {
      const odd = get("/static*", "a");
      expect(await changes(hono(odd), hono(odd))).toEqual([]);
      const { code, stdout } = await diff(hono(odd + get("/y", "a")), hono(get("/static*", "b") + get("/y", "a")));
      expect([code, stdout.split("\n").slice(0, 3)]).toEqual([
        2,
        [
          "unknown  GET /static*",
          "  before    unknown: this command does not know which requests the pattern matches",
          "  now       unknown: this command does not know which requests the pattern matches",
        ],
      ]);
      const worse = await diff(hono(odd + get("/y", "b")), hono(odd + get("/y", "a")));
      expect([worse.code, worse.stdout]).toEqual([1, expect.stringMatching(/^weaker and stronger {2}GET \/y\n/)]);
    });

    it("reports a new route, whose callers got 404 before", async () => {
      expect(await changes(hono(""), hono(get("/y", "a")))).toEqual([expect.stringMatching(/^weaker; GET \/y/)]);
      expect(await changes(hono(get("/y", "a")), hono(""))).toEqual([expect.stringMatching(/^gone; GET \/y/)]);
    });
  });

  it.each([
    ["a document with faults", {}, /openapi-\d+\.json cannot be compiled:\n[^\n]*openapi-\d+\.json#\n {2}is not a/],
    ["a module without routes", "export default {};", /does not show its routes/],
    ["a faulty variable", gate(""), /ENTRA_TENANT_ID/],
  ])("stops at %s", async (what, content, message) => {
    const file = path.join(folder, "faulty.json");
    writeFileSync(file, JSON.stringify({ vars: { ...environment, ENTRA_TENANT_ID: "x" } }));
    const own = what === "a faulty variable" ? file : config;
    const { code, stderr } = await runHere(["diff", write(content), write(gate("")), "--config", own]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(message)]);
  });

  it("stops if there are more alternatives, or more similar paths, than it can compare", async () => {
    const many = (letter: string) => JSON.stringify(Array.from({ length: 150 }, (_, at) => `${letter}${at}`));
    const wide = (more: string) =>
      gate(
        `app.get("/a", { hooks: requireAuth({ anyScope: ${many("s")}, anyRole: ${many("r")}${more} }) }, origin());`,
      );
    expect(await diff(wide(', roles: ["x"]'), wide(', roles: ["y"]'))).toMatchObject({ code: 1 });
    expect(await diff(wide(""), wide(', roles: ["x"]'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("GET /a has too many alternatives to compare"),
    });
    const mixed = Array.from({ length: 18 }, (_, at) =>
      Array.from({ length: 18 }, (_, index) => (index === at ? "/a" : `/:p${index}`)).join(""),
    );
    expect(() => listPaths(mixed, { maximum: 1_000 })).toThrow(
      "the paths of the routes and rules have more than 1000 combinations",
    );
  });
});
