import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseXml } from "@rgrove/parse-xml";
import { afterAll, describe, expect, it } from "vitest";
import { documentOf } from "../compile/support.ts";
import { runHere } from "../support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "cases-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | object) => {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
};

const tenant = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2";
const other = "7f0e2d94-5ab3-4c61-9e78-06c4d1a83b5e";
const client = "11111111-aaaa-4bbb-8ccc-222222222222";
const vars = {
  ENTRA_TENANT_ID: tenant,
  ENTRA_ALLOWED_TENANTS: `${tenant} ${other}`,
  ENTRA_API_AUDIENCE: "api://orders a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ENTRA_ALLOWED_CLIENTS: `${client} 33333333-aaaa-4bbb-8ccc-222222222222`,
  ENTRA_ACCEPT_V1: "true",
  GATE_URL: "https://api.contoso.com",
  GATE_HEALTH: "public",
  GATE_TLS_PROXY: "true",
  GATE_TLS_PROXY_HOPS: "2",
  // A proxy, the origin and secrets do not matter to a policy.
  ORIGIN_AUTHORIZATION: "on-behalf-of",
  ENTRA_CLIENT_SECRET: "",
  GATE_ISSUER: "https://api.contoso.com",
  GATE_SIGNING_KEY_OTHER: "{}",
  ENTRA_CLIENT_FEDERATION: "gate",
  ENTRA_CLIENT_SUBJECT: "gate-of-orders",
};
write(
  "worker.ts",
  `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
  const routes = new App();
  routes.use({ preBody() { throw new Error("hooks of the app do not run"); } });
  routes.get("/orders/:id", { hooks: requireAuth("orders.read") }, () => { throw new Error("no handler runs"); });
  routes.get("/orders/x", { hooks: requireAuth("orders.write") }, origin());
  routes.delete("/orders/:id", { hooks: requireAuth({ anyRole: ["Orders.Admin"] }) }, origin());
  routes.get("/fabrikam", { hooks: requireAuth({ scopes: ["orders.read"], tenants: ["${other}"] }) }, origin());
  routes.get("/reported", { hooks: requireAuth("reports.read"), mode: "report" }, origin());
  routes.get("/health", { public: true }, () => ({ status: 204 }));
  export default createGate({ routes, isTenantAllowed: (tid) => tid !== "never",
    revokedAtSeconds: ({ claims }) => claims.revoked ? claims.iat + 1 : undefined });`,
);
const config = write("wrangler.json", { main: "worker.ts", vars });
const run = (file: string, ...args: readonly string[]) => runHere(["test", file, "--config", config, ...args]);

/** One line for each case: name, method, path, caller and what is expected. */
const casesOf = (...lines: readonly string[]) =>
  lines
    .map((line) => {
      const [name, request = "", caller, expect = ""] = line.split(" | ");
      const [method, target] = request.split(" ");
      const [status, reason] = expect.split(" ");
      return `- { name: ${name}, method: ${method}, path: ${target}, ${caller}, expect: { status: ${status}${reason ? `, reason: ${reason}` : ""} } }\n`;
    })
    .join("");

const good = casesOf(
  "reader | GET /orders/1 | caller: { scopes: [orders.read] } | 200",
  "reader by HEAD | HEAD /orders/1 | caller: { scopes: [orders.read] } | 200",
  "other scope | GET /orders/1 | caller: { scopes: [orders.write] } | 403 scope_missing",
  "literal | GET /orders/x | caller: { scopes: [orders.write] } | 200",
  "literal without scope | GET /orders/x | caller: { scopes: [orders.read] } | 403 scope_missing",
  "daemon | DELETE /orders/1 | caller: { client: daemon, roles: [Orders.Admin], claims: { azp: 33333333-aaaa-4bbb-8ccc-222222222222 } } | 200",
  "user | DELETE /orders/1 | caller: { persona: admin } | 403 kind_not_allowed",
  "foreign client | GET /orders/1 | caller: { client: spa, scopes: [orders.read] } | 403 client_not_allowed",
  `other tenant | GET /fabrikam | claims: { tid: ${other}, scp: orders.read } | 200`,
  "own tenant | GET /fabrikam | caller: { scopes: [orders.read] } | 403 tenant_not_allowed_here",
  "outsider | GET /orders/1 | caller: { persona: outsider } | 401 tenant_not_allowed",
  "old token | GET /orders/1 | claims: { iat: 1000, nbf: 1000, exp: 2000 } | 401 expired",
  "version 1 | GET /orders/1 | caller: { version: 1, scopes: [orders.read] } | 200",
  "revoked | GET /orders/1 | claims: { scp: orders.read, revoked: true } | 403 token_revoked",
  "reported | GET /reported | caller: { scopes: [orders.read] } | 200 scope_missing",
  "health | GET /health | caller: none | 200",
  "health of the gate | GET /.well-known/entra-gate/health | caller: none | 200",
  "anonymous | GET /orders/1 | caller: none | 401 credential_missing",
  "unlisted | GET /any | caller: {} | 200",
  "other spelling | GET /Orders/1 | caller: { scopes: [orders.read] } | 404 route_unlisted",
);

const noRoutes = `import { createGate } from ${JSON.stringify(path.join(root, "src/index.ts"))}; export default createGate({});`;

interface XmlNode {
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly XmlNode[];
}

describe("entra-gate test", () => {
  it("sends the requests through a gate that trusts the test authority", async () => {
    const { code, stdout, stderr } = await run(write("good.yaml", good));
    expect(stderr).toBe("");
    expect(stdout.split("\n").filter((line) => /^(?!✓)./.test(line))).toEqual(["20 passed, 0 failed."]);
    expect(code).toBe(0);
  });

  it("compares origins, whose variables it does not need", async () => {
    const main = write(
      "origins.ts",
      `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
      const routes = new App();
      routes.get("/orders", { hooks: requireAuth("access_as_user") }, origin());
      routes.get("/invoices", { hooks: requireAuth("access_as_user") }, origin({ to: "billing" }));
      routes.get("/me", { hooks: requireAuth("access_as_user") }, () => new Response());
      export default createGate({ routes, unlisted: "reject" });`,
    );
    const own = write("origins.json", { main, vars });
    const file = write(
      "origins.yaml",
      [
        ["orders", "/orders", "{ scopes: [access_as_user] }", "status: 200, origin: ORIGIN"],
        ["invoices", "/invoices", "{ scopes: [access_as_user] }", "status: 200, origin: billing"],
        ["elsewhere", "/invoices", "{ scopes: [access_as_user] }", "status: 200, origin: history"],
        ["refused", "/invoices", "none", "status: 200, origin: billing"],
        ["answered", "/me", "{ scopes: [access_as_user] }", "status: 200, origin: ORIGIN"],
        ["reason", "/invoices", "{ scopes: [access_as_user] }", "status: 200, reason: scope_missing, origin: billing"],
        ["health", "/.well-known/entra-gate/health", "none", "status: 200, origin: ORIGIN"],
      ]
        .map(([name, at, caller, expected]) => {
          return `- { name: ${name}, method: GET, path: ${at}, caller: ${caller}, expect: { ${expected} } }`;
        })
        .join("\n"),
    );
    const { code, stdout } = await runHere(["test", file, "--config", own]);
    expect([code, stdout.split("\n").filter((line) => /^[✓✗]|expected|who/.test(line))]).toEqual([
      1,
      [
        "✓ orders",
        "✓ invoices",
        `✗ elsewhere  (${file}:3)`,
        "    expected 200 from the origin history, got 200 from the origin billing",
        `✗ refused  (${file}:4)`,
        "    expected 200 from the origin billing, got 401 credential_missing",
        `✗ answered  (${file}:5)`,
        "    expected 200 from the origin ORIGIN, got 200 from no origin",
        `✗ reason  (${file}:6)`,
        "    expected 200 scope_missing from the origin billing, got 200 from the origin billing",
        "    who may call: a user with scope access_as_user",
        `✗ health  (${file}:7)`,
        "    expected 200 from the origin ORIGIN, got 200 from no origin",
      ],
    ]);
    const json = await runHere(["test", file, "--config", own, "--json"]);
    const { results } = JSON.parse(json.stdout);
    expect(results[1]).toMatchObject({ passed: true, response: { origin: "billing" } });
    expect(results[3].response).not.toHaveProperty("origin");
    const reported = write("reported.json", { main, vars: { ...vars, GATE_MODE: "report" } });
    const any = "- { name: a, method: GET, path: /any, caller: {}, expect: { status: 200, origin: ORIGIN } }";
    expect((await runHere(["test", write("any.yaml", any), "--config", reported])).code).toBe(0);
  });

  it("shows why a case failed, as text, JSON and JUnit XML", async () => {
    const file = write(
      "bad.yaml",
      casesOf(
        "reader <reads> | GET /orders/1 | caller: { scopes: [orders.write] } | 200",
        "refused | GET /orders/1 | caller: { scopes: [orders.read] } | 403 scope_missing",
        "reason | GET /orders/1 | caller: none | 401 expired",
      ),
    );
    const junit = path.join(folder, "results.xml");
    const { code, stdout } = await run(file, "--junit", junit);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      `✗ reader <reads>  (${file}:1)`,
      "    expected 200, got 403 scope_missing",
      "    request: GET /orders/1, caller {scopes:[orders.write]}, route GET /orders/:id",
      "    The user's token lacks the scope: the client did not request it, or there is no consent to it.",
      expect.stringContaining("      1. Let the client request"),
      expect.stringContaining("      2. With"),
      `✗ refused  (${file}:2)`,
      "    expected 403 scope_missing, got 200",
      "    request: GET /orders/1, caller {scopes:[orders.read]}, route GET /orders/:id",
      "    who may call: a user with scope orders.read",
      `✗ reason  (${file}:3)`,
      "    expected 401 expired, got 401 credential_missing",
      "    request: GET /orders/1, caller none, route GET /orders/:id",
      expect.stringContaining("    There is no Authorization header."),
      expect.stringContaining("      1. Send"),
      "",
      "0 passed, 3 failed.",
      "",
    ]);
    const parsed: XmlNode[] = [parseXml(readFileSync(junit, "utf8")) as unknown as XmlNode];
    // The loop also visits the elements that it adds.
    for (const { children = [] } of parsed) parsed.push(...children);
    expect(parsed.flatMap(({ name, attributes }) => (name === "testcase" ? [attributes] : []))).toMatchObject([
      { name: "reader <reads>", classname: "GET /orders/:id", line: "1" },
      { name: "refused" },
      { name: "reason" },
    ]);
    expect(parsed.find(({ name }) => name === "testsuite")?.attributes).toMatchObject({ tests: "3", failures: "3" });
    const json = JSON.parse((await run(file, "--json")).stdout);
    expect(json.results[0]).toMatchObject({ passed: false, cause: { id: "scope-not-granted" } });
  });

  it("fails with --coverage if passed cases do not show who is allowed and who is refused", async () => {
    const file = write(
      "some.yaml",
      good
        .split("\n")
        .filter((line) => !/literal|version|health,|user,/.test(line))
        .join("\n") + casesOf("not passed | GET /orders/x | caller: { scopes: [orders.write] } | 403"),
    );
    const { code, stderr } = await run(file, "--coverage");
    expect([code, stderr.split("\n")]).toEqual([
      1,
      [
        "GET /orders/x has no passed case of a request that is allowed or refused.",
        "DELETE /orders/:id has no passed case of a request that is refused.",
        "GET /reported has no passed case of a request that is refused.",
        "GET /health has no passed case of a request that is allowed.",
        "",
      ],
    ]);
  });

  it("prints who may do what, as a table and as CSV", async () => {
    const file = write(
      "matrix.yaml",
      `callers: { reader: { scopes: [orders.read] }, "=x,y": { client: daemon } }\ncases:\n${good}`,
    );
    const table = await run(file, "--matrix");
    expect(table.code).toBe(0);
    expect(table.stdout.split("\n").slice(0, 4)).toEqual([
      "                    none  reader  =x,y",
      "GET /orders/:id     401   200     403",
      "GET /orders/x       401   403     403",
      "DELETE /orders/:id  401   403     403",
    ]);
    const csv = await run(file, "--matrix", "csv");
    expect(csv.stdout.split("\r\n").slice(0, 2)).toEqual([`route,none,reader,"'=x,y"`, "GET /orders/:id,401,200,403"]);
  });

  it("prints no status of another route in the matrix", async () => {
    const app = write(
      "hono.ts",
      `import { Hono } from "${root}/node_modules/hono/dist/index.js";
      import { entra, requireAuth } from "${root}/src/adapters/hono.ts";
      export default new Hono().use(entra()).get("/orders/:id{[0-9]+}", requireAuth("orders.admin"), (c) => c.text("ok"))
        .get("/static*", requireAuth("orders.admin"), (c) => c.text("ok"));`,
    );
    const file = write("matrix.yaml", casesOf("any | GET /orders/1 | caller: { scopes: [access_as_user] } | 403"));
    const { stdout } = await run(file, "--routes", app, "--matrix", "csv");
    expect(stdout.split("\r\n").slice(1)).toEqual(["GET /orders/:id{[0-9]+},?,?", "GET /static*,?,?\n"]);
  });

  it("needs no case for the matrix", async () => {
    const callers = "callers: { reader: { scopes: [orders.read] } }";
    const { code, stdout } = await run(write("callers.yaml", callers), "--matrix");
    expect([code, stdout.split("\n")[1]]).toEqual([0, "GET /orders/:id     401   200"]);
    expect((await run(write("callers.yaml", callers))).stderr).toContain("has neither cases nor rules");
    expect((await run(write("empty.yaml", `${callers}\ncases: []`), "--matrix")).code).toBe(0);
  });

  it("answers 404 and 405 as an App that serves itself, which names another reason than a gate", async () => {
    const app = write(
      "alone.ts",
      `import { App, entraPlugin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
      const app = new App(); app.register(entraPlugin);
      app.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 200 })); export default app;`,
    );
    const cases = casesOf(
      "another method | PUT /orders | caller: none | 405 method_not_allowed_error",
      "no route | GET /none | caller: none | 404 not_found_error",
      "other spelling | GET /Orders | caller: none | 404 not_found_error",
      "failing | PUT /orders | caller: none | 404",
    );
    const { code, stdout } = await run(write("app.yaml", cases), "--routes", app);
    expect([code, stdout.split("\n")]).toEqual([
      1,
      [
        "✓ another method",
        "✓ no route",
        "✓ other spelling",
        expect.stringContaining("✗ failing"),
        "    expected 404, got 405 method_not_allowed_error",
        "    request: PUT /orders, caller none, route unlisted",
        "    The path has routes, but none for this method.",
        "      1. Use one of GET, HEAD, or declare a route for the method.",
        "",
        "3 passed, 1 failed.",
        "",
      ],
    ]);
  });

  it("names what the log names if the app is misconfigured", async () => {
    const hono = (name: string, handlers: string) =>
      write(
        `${name}.ts`,
        `import { Hono } from "${root}/node_modules/hono/dist/index.js";
        import { entra, requireAuth } from "${root}/src/adapters/hono.ts";
        const answer = (c) => c.text("ok"); export default new Hono()${handlers};`,
      );
    const unguarded = write(
      "unguarded.ts",
      `import { App, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
      const app = new App(); app.get("/orders", { hooks: requireAuth("orders.read") }, () => ({ status: 200 }));
      export default app;`,
    );
    const cases = casesOf("any | GET /orders | caller: { scopes: [orders.read] } | 200");
    for (const routes of [
      hono("late", '.use(entra()).get("/orders", answer, requireAuth("orders.read"))'),
      hono("early", '.get("/orders", requireAuth("orders.read"), answer).use(entra())'),
      hono("without", '.get("/orders", requireAuth("orders.read"), answer)'),
      unguarded,
    ]) {
      const { code, stdout } = await run(write("mistaken.yaml", cases), "--routes", routes);
      expect([code, stdout.split("\n").slice(1, 3)]).toEqual([
        1,
        [
          "    expected 200, got 500 misconfigured",
          "    request: GET /orders, caller {scopes:[orders.read]}, route GET /orders",
        ],
      ]);
    }
  });

  it("stops at a request of which the code does not show who may send it", async () => {
    const daloy = write("daloy.ts", `export default { routes: [{ method: "GET", path: "/a" }], introspect() {} };`);
    const { code, stderr } = await run(
      write("any.yaml", casesOf("any | GET /a | caller: none | 401")),
      "--routes",
      daloy,
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining("GET /a: the code does not show who may call")]);
  });

  it("serves the health page only if the gate does", async () => {
    const app = write(
      "app.ts",
      `import { App, entraPlugin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
      const app = new App();
      app.register(entraPlugin);
      app.get("/.well-known/entra-gate/health", { hooks: requireAuth("health.read") }, () => ({ status: 200 }));
      export default app;`,
    );
    const anonymous = "anonymous | GET /.well-known/entra-gate/health | caller: none | 401 credential_missing";
    const { code, stdout } = await run(write("health.yaml", casesOf(anonymous)), "--routes", app);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 passed, 0 failed.")]);
  });

  it("takes the routes of a document", async () => {
    const document = write(
      "openapi.json",
      documentOf({ "/orders": { get: { security: [{ entra: ["orders.write"] }] } } }),
    );
    const file = write(
      "document.yaml",
      casesOf(
        "writer | GET /orders | caller: { scopes: [orders.write] } | 200",
        "not described | PUT /orders | caller: { scopes: [orders.write] } | 404 route_unlisted",
      ),
    );
    expect(await run(file, "--routes", document)).toMatchObject({ code: 0 });
  });

  it("gives all faults of the file with their lines", async () => {
    const file = write("faulty.yaml", "- name: a\n  method: get\n- x\n");
    const { code, stderr } = await run(file);
    expect([code, stderr.split("\n").map((line) => line.replace(file, "F"))]).toEqual([
      3,
      [
        "F:1: path is not the path of a request. Write path: /orders/1, perhaps with a query.",
        "F:1: the case has no caller. Write caller: none, caller: NAME, caller: { scopes: [orders.read] }, or claims: { azp: CLIENT_ID }.",
        "F:1: expect is missing. Write expect: { status: 403, reason: scope_missing }.",
        "F:2: method is not a method of a route. Write GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS.",
        expect.stringMatching(/^F:3: the case is not an object\. Write \{ name: /),
        "",
      ],
    ]);
    expect(JSON.parse((await run(file, "--json")).stdout).faults).toHaveLength(5);
  });

  it.each([
    ["a file that does not exist", ["none.yaml"], /none\.yaml cannot be read/],
    [
      "a module without routes",
      [write("one.yaml", good), "--routes", write("empty.ts", "export default {};")],
      /does not show its routes/,
    ],
    [
      "coverage of no routes",
      [write("one.yaml", good), "--routes", write("none.ts", noRoutes), "--coverage"],
      /--coverage needs routes, and the gate has none/,
    ],
    [
      "a matrix of no routes",
      [write("one.yaml", good), "--routes", write("none.ts", noRoutes), "--matrix"],
      /--matrix needs routes, and the gate has none/,
    ],
    ["no cases", [write("no.yaml", "[]")], /has neither cases nor rules/],
  ])("stops at %s", async (_what, [file = "", ...args], message) => {
    const { code, stderr } = await run(file, ...args);
    expect([code, stderr]).toEqual([3, expect.stringMatching(message)]);
  });

  it("stops at a file of results that it cannot write", async () => {
    const { code, stderr } = await run(write("one.yaml", good), "--junit", folder);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/--junit ".+" cannot be read: it is not a regular file/)]);
  });

  it.each(["--coverage", "--junit=a.xml"])("stops at --matrix with %s, which needs results", async (option) => {
    expect(await run(write("one.yaml", good), "--matrix", option)).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining("cannot be used with option"),
    });
  });
});
