import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
import { environment } from "../support/explain-world.ts";
import { runHere } from "../support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const parent = mkdtempSync(path.join(tmpdir(), "diff-projects-"));
afterAll(() => rmSync(parent, { recursive: true }));
let projects = 0;

type Files = Readonly<Record<string, string | object>>;

/** Writes a project. @returns its folder */
function write(files: Files): string {
  projects += 1;
  const folder = path.join(parent, `project-${projects}`);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const imports = `import { App, createEntraPlugin, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};`;
const createGate = (options = 'unlisted: "reject"', scope = "orders.read") =>
  `${imports} const app = new App(); app.get("/orders", { hooks: requireAuth("${scope}") }, origin());
   export default createGate({ routes: app, ${options} });`;
const wrangler = (vars: object = environment, settings: object = {}) => ({
  name: "a",
  main: "worker.ts",
  vars,
  ...settings,
});
const worker = (settings: object = wrangler(), code = createGate()): Files => ({
  "wrangler.json": settings,
  "worker.ts": code,
});

const diff = (before: Files, after: Files, ...args: readonly string[]) =>
  runHere(["diff", write(before), write(after), ...args]);

/** Kinds and names of the changes, as the output has them. */
async function changes(before: Files, after: Files, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await diff(before, after, ...args);
  expect(stderr).not.toContain("error:");
  return stdout.split("\n").filter((line) => /^(?:open|weaker|unknown|elsewhere|stronger|gone|new) /.test(line));
}

describe("a worker beside its gate", () => {
  const declared = `${createGate().replace("export default", "const gate =")} const open = { fetch: () => new Response() };`;
  const project = (exported: string) => worker(wrangler(), `${declared} ${exported}`);
  const gate = project("export default gate;");

  it.each([
    "export default { ...gate, ...open };",
    "export default { options: gate.options, ...open };",
    "gate.fetch = open.fetch; export default gate;",
    "export default { fetch: gate.fetch, ...open };",
    "export default { fetch: (request, env) => gate.fetch(request, { ...env, GATE_MODE: 'report' }) };",
    "export default { fetch: open.fetch }; export { gate as app };",
    "export default open; export { gate as app };",
  ])("is unknown if it need not serve the gate: %s", async (exported) => {
    expect(await changes(gate, project(exported))).toEqual(["unknown  worker"]);
  });

  it("is unknown if the code around an exported app changes, and not if a route does", async () => {
    const wrapped = (wrap: string, route = "") =>
      project(`const wrap = ${wrap}; ${route} export default wrap(gate); export { gate as app };`);
    const plain = wrapped("(app) => ({ fetch: (request) => app.fetch(request) })");
    expect(await changes(plain, wrapped("() => open"))).toEqual(["unknown  worker"]);
    expect(
      await changes(plain, wrapped("(app) => ({ fetch: (request) => app.fetch(request) })", "const other = 1;")),
    ).toEqual([]);
    const files = [plain, wrapped("() => open")].map((files) => path.join(write(files), "worker.ts")) as [
      string,
      string,
    ];
    const config = files[0].replace("worker.ts", "wrangler.json");
    expect(await runHere(["diff", ...files, "--config", config])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("unknown  worker"),
    });
  });
});

describe("the file that Wrangler would read", () => {
  it("can be one of a folder above", async () => {
    const { "wrangler.json": settings, ...files } = worker();
    const { name, main, vars } = settings as { name: string; main: string; vars: object };
    const toml = { ...files, "wrangler.toml": stringify({ name, main, vars }) };
    const [before, after] = [
      write({ "empty.txt": "" }),
      write({ "wrangler.json": wrangler({ ...environment, GATE_MODE: "report" }), ...files }),
    ];
    for (const folder of [before, after]) {
      for (const [file, content] of Object.entries(toml)) {
        mkdirSync(path.join(folder, "in"), { recursive: true });
        writeFileSync(path.join(folder, "in", file), content as string);
      }
    }
    const { stdout } = await runHere(["diff", path.join(before, "in"), path.join(after, "in")]);
    expect(stdout).toContain("weaker  GATE_MODE");
  });

  it("is unknown if a redirection of a build tool leads to another", async () => {
    const redirected = { ...worker(), ".wrangler/deploy/config.json": { configPath: "../../open/wrangler.json" } };
    expect(await changes(worker(), redirected)).toEqual(["unknown  .wrangler/deploy/config.json"]);
    expect(await changes(redirected, redirected)).toEqual([]);
  });

  it("can bind a variable with unsafe, whose text is unknown", async () => {
    const bindings = [{ type: "plain_text", name: "GATE_MODE", text: "report" }];
    expect(await changes(worker(), worker(wrangler(environment, { unsafe: { bindings } })))).toEqual([
      "unknown  GATE_MODE",
    ]);
  });
});

describe("entra-gate diff of two folders", () => {
  it("compares one variable once, and names it for --accept", async () => {
    const [before, after] = [worker(), worker(wrangler({ ...environment, GATE_MODE: "report" }))];
    const { code, stdout, stderr } = await diff(before, after);
    expect([code, stdout.split("\n"), stderr]).toEqual([
      1,
      [
        "weaker  GATE_MODE",
        "  before    not set",
        "  now       report",
        "",
        "Changes: 1 weaker.",
        "Not compared: variables, secrets and settings that only Cloudflare's dashboard has.",
        "",
      ],
      'Callers are admitted, or could be, who were refused before. If you intend it, add --accept "GATE_MODE".\n',
    ]);
    expect(await diff(before, after, "--accept", "GATE_MODE")).toMatchObject({ code: 0, stderr: "" });
    const table = await diff(before, after, "--format", "markdown");
    expect(table.stdout).toContain("| weaker | `GATE_MODE` | not set | report |");
    expect(await diff(before, before, "--accept", "GATE_MODE")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('--accept "GATE_MODE" names no change. Remove the option'),
    });
  });

  it("names the environment of a change that not all of them have, and compares one with --env", async () => {
    const open = { ...environment, ENTRA_ALLOWED_CLIENTS: undefined };
    const closed = { ...environment, ENTRA_ALLOWED_CLIENTS: environment.ENTRA_API_AUDIENCE };
    const project = (live: object) =>
      worker(wrangler(closed, { env: { live: { vars: live }, test: { vars: closed } } }));
    expect(await changes(project(closed), project(open))).toEqual(["weaker  live: ENTRA_ALLOWED_CLIENTS"]);
    expect(await changes(project(closed), project(open), "--env", "live")).toEqual(["weaker  ENTRA_ALLOWED_CLIENTS"]);
    expect(await changes(project(closed), project(open), "--env", "test")).toEqual([]);
    expect(await changes(project(closed), project(open), "--env", "")).toEqual([]);
    expect((await diff(project(closed), project(open), "--accept", "ENTRA_ALLOWED_CLIENTS")).code).toBe(3);
    const unknown = await diff(project(closed), project(open), "--env", "other");
    expect([unknown.code, unknown.stderr]).toEqual([
      3,
      "error: --env other is in neither folder: they have live, test\n",
    ]);
    // The caller that is shown for example differs in each environment.
    expect(
      await changes(project(open), { ...project(open), "worker.ts": createGate(undefined, "orders.less") }),
    ).toEqual(["weaker and stronger  GET /orders"]);
  });

  it("compares an environment that only the new folder has with the top level, and says which one is gone", async () => {
    const other = { ...environment, ENTRA_ACCEPT_V1: "true" };
    const [none, live] = [worker(), worker(wrangler(environment, { env: { live: { vars: other } } }))];
    expect(await changes(none, live)).toEqual(["weaker  live: ENTRA_ACCEPT_V1"]);
    const { code, stdout } = await diff(live, none);
    expect([code, stdout.split("\n").slice(0, 3)]).toEqual([
      0,
      ["gone  live: environment", "  before    deployed", "  now       removed"],
    ]);
    expect(await changes(live, none, "--env", "live")).toEqual(["gone  environment"]);
  });

  it("finds no change if another kind of file has the same settings", async () => {
    const settings = wrangler(environment, {
      routes: ["a.example/*"],
      services: [{ binding: "ORIGIN", service: "a" }],
    });
    const toml = { "wrangler.toml": stringify(settings), "worker.ts": createGate() };
    expect(
      await changes(toml, {
        "wrangler.jsonc": `// A comment.\n${JSON.stringify(settings)}`,
        "worker.ts": createGate(),
      }),
    ).toEqual([]);
    expect(await changes(worker(settings), { ...toml, "wrangler.json": { ...settings, services: [] } })).toEqual([
      "elsewhere  ORIGIN",
    ]);
  });

  it("reads what is deployed, and no file or process of this machine", async () => {
    const local = { ".dev.vars": "GATE_MODE=report\n", ".env": "GATE_MODE=report\n" };
    expect(await changes(worker(), { ...worker(), ...local })).toEqual([]);
  });

  it.each([
    ["a worker without a gate", worker(wrangler(), "export default { fetch() {} };"), "does not show its routes"],
    ["a worker that throws", worker(wrangler(), 'throw new Error("no");'), "cannot be loaded: .*no"],
    ["no worker", { "wrangler.json": wrangler() }, "worker.ts does not exist"],
    ["no project", { "README.md": "" }, "no file names a worker"],
    ["a file that cannot be read", { ...worker(), "wrangler.json": "{" }, "wrangler.json cannot be read"],
    [
      "a faulty configuration",
      worker(wrangler({ ...environment, ENTRA_TENANT_ID: "x" })),
      'a faulty configuration: ENTRA_TENANT_ID is "x"',
    ],
    ["a program", { "package.json": { scripts: { start: "node app.ts" } }, "app.ts": "" }, ""],
  ])("does not know what changes with %s", async (_, files, reason) => {
    for (const [before, after] of [
      [worker(), files],
      [files, worker()],
      [files, files],
    ] as const) {
      const { code, stdout } = await diff(before, after);
      expect([code, stdout]).toEqual([
        2,
        expect.stringMatching(new RegExp(`^unknown {2}worker\\n(?:.*\\n)?.*${reason}`)),
      ]);
    }
  });

  it("says what neither side shows, and does not take it for equal", async () => {
    const before = wrangler(
      { ...environment, OWN: "1", ENTRA_FOO: "1" },
      {
        secrets: { required: ["ENTRA_ALLOWED_CLIENTS", "ENTRA_CLIENT_SECRET"] },
        kv_namespaces: [{ binding: "OTHER", id: "1" }],
        compatibility_flags: [],
      },
    );
    const after = {
      ...before,
      vars: { ...environment, OWN: "2", ENTRA_FOO: "2" },
      kv_namespaces: [{ binding: "OTHER", id: "2" }],
      compatibility_flags: ["x"],
    };
    const { code, stdout } = await diff(
      worker(before, createGate("isTenantAllowed: () => true")),
      worker(after, createGate("isTenantAllowed: () => true")),
    );
    expect([code, stdout.split("\n")]).toEqual([
      0,
      [
        "The same callers are admitted to every request.",
        "Not compared: values of secrets: ENTRA_ALLOWED_CLIENTS, ENTRA_CLIENT_SECRET.",
        "Not compared: names that are no variables of a gate: ENTRA_FOO.",
        "Not compared: what code decides in: isTenantAllowed.",
        "Not compared: variables and bindings that are none of a gate: OWN, OTHER.",
        "Not compared: settings of Wrangler: compatibility_flags.",
        "Not compared: variables, secrets and settings that only Cloudflare's dashboard has.",
        "",
      ],
    ]);
    const plain = wrangler({ ...environment, ENTRA_ALLOWED_CLIENTS: environment.ENTRA_API_AUDIENCE });
    expect(await changes(worker(plain), worker(before))).toEqual(["unknown  ENTRA_ALLOWED_CLIENTS"]);
    expect(await changes(worker(wrangler({})), worker())).toContain("unknown  ENTRA_TENANT_ID");
  });

  it("compares routes without the variables of a gate, with names in their place", async () => {
    const project = (scope: string) => worker(wrangler({}), createGate("", scope));
    expect(await changes(project("a"), project("a"))).toEqual([]);
    expect(await changes(project("b"), project("a"))).toEqual(["weaker and stronger  GET /orders"]);
    const own = (route: string) =>
      worker(wrangler({}), `${imports} const app = new App(); ${route} export default createGate({ routes: app });`);
    const { stdout } = await diff(own(""), own('app.get("/orders", { hooks: requireAuth("a") }, origin());'));
    expect(stdout).toContain(
      "a user with scope ENTRA_REQUIRED_SCOPE, or an app with one of the roles ENTRA_REQUIRED_ROLE (the default)",
    );
  });

  it("takes a default requirement into account only if a route has it", async () => {
    const strict = { ...environment, ENTRA_REQUIRED_SCOPE: "access_as_user more" };
    const { ENTRA_REQUIRED_SCOPE: _, ...none } = environment;
    expect(await changes(worker(wrangler(strict)), worker())).toEqual([]);
    expect(await changes(worker(wrangler(strict), createGate("")), worker(wrangler(), createGate("")))).toEqual([
      "weaker  ENTRA_REQUIRED_SCOPE",
    ]);
    // Only the new code needs it. The requests show who gets in.
    expect(await changes(worker(wrangler(none)), worker(wrangler(), createGate("")))).toEqual([
      "weaker  all other requests",
    ]);
    expect(await changes(worker(wrangler(), createGate("")), worker(wrangler(none)))).toEqual([
      "stronger  all other requests",
    ]);
    expect(await changes(worker(wrangler(), createGate("")), worker(wrangler(none), createGate("")))).toEqual([
      "unknown  ENTRA_REQUIRED_SCOPE",
    ]);
  });

  it("compares a configuration in code in place of that of the file", async () => {
    const app = (config: object) =>
      worker(
        wrangler({}),
        `${imports} const app = new App(); app.register(createEntraPlugin(${JSON.stringify({ ...environment, GATE_URL: "https://a.example", ORIGIN_URL: "https://b.example", ...config })}));
         app.get("/orders", { hooks: requireAuth("a") }, origin()); export default app;`,
      );
    expect(await changes(app({}), app({ ENTRA_ACCEPT_V1: "true", ORIGIN_URL: "https://a.example" }))).toEqual([
      "weaker  ENTRA_ACCEPT_V1",
      "elsewhere  ORIGIN_URL",
    ]);
  });

  it("compares options in code, each once", async () => {
    const gate = (options = "") => createGate(`unlisted: "reject", ${options}`);
    const list = `isTenantAllowed: () => true, revokedAtSeconds: () => undefined`;
    expect(await changes(worker(wrangler(), gate(list)), worker())).toEqual([
      "weaker  isTenantAllowed",
      "weaker  revokedAtSeconds",
    ]);
    expect(await changes(worker(), worker(wrangler(), gate(list)))).toEqual([
      "stronger  isTenantAllowed",
      "stronger  revokedAtSeconds",
    ]);
    expect(await changes(worker(), worker(wrangler(), gate("worker: { fetch: () => new Response() }")))).toEqual([
      "elsewhere  worker",
    ]);
    expect(await changes(worker(), worker(wrangler(), gate("originFetch: fetch")))).toEqual(["elsewhere  originFetch"]);
  });

  it("compares an allowlist in place of code, which the other side's code does not need", async () => {
    const several = { ...environment, ENTRA_TENANT_ID: "organizations" };
    const listed = { ...several, ENTRA_ALLOWED_TENANTS: environment.ENTRA_TENANT_ID };
    const deciding = worker(wrangler(several), createGate("isTenantAllowed: () => true"));
    expect(await changes(deciding, worker(wrangler(listed), createGate("")))).toEqual([
      "weaker  isTenantAllowed",
      "stronger  ENTRA_ALLOWED_TENANTS",
    ]);
    expect(await changes(worker(wrangler(listed), createGate("")), deciding)).toEqual([
      "weaker  ENTRA_ALLOWED_TENANTS",
      "stronger  isTenantAllowed",
    ]);
  });

  it("compares a route of the zone by what it matches", async () => {
    const zone = (...routes: readonly (string | object)[]) => worker(wrangler(environment, { routes }));
    const open = async (before: Files, after: Files) => await changes(before, after);
    expect(await open(zone("a.example/*"), zone("A.example/*", "b.example/*"))).toEqual([]);
    expect(await open(zone("a.example/*"), zone("*.example/*"))).toEqual([]);
    expect(await open(zone("a.example/*"), zone({ pattern: "a.example", custom_domain: true }))).toEqual([]);
    expect(await open(zone("a.example/*"), zone("a.example/Orders*"))).toEqual(["open  routes a.example/*"]);
    expect(await open(zone("a.example/*"), zone("https://a.example/*"))).toEqual(["open  routes a.example/*"]);
    expect(await open(zone("https://a.example/*"), zone("a.example/*"))).toEqual([]);
    expect(await open(zone("a.example/x*"), zone("a.example/X*"))).toEqual(["open  routes a.example/x*"]);
    const disabled = { pattern: "a.example", custom_domain: true, enabled: false };
    expect(await open(zone("a.example/*", "b.example/*"), zone(disabled, "b.example/*"))).toEqual([
      "open  routes a.example/*",
    ]);
  });

  it.each<[object, object, readonly string[]]>([
    [{ workers_dev: false }, { workers_dev: true, preview_urls: false }, ["weaker  workers_dev"]],
    [{ workers_dev: true, preview_urls: false }, { workers_dev: true }, ["weaker  preview_urls"]],
    [{}, { workers_dev: false }, ["stronger  workers_dev", "stronger  preview_urls"]],
    [{}, { exports: { default: { type: "worker", cache: { enabled: true } } } }, ["open  cache"]],
    [{ cache: { enabled: true } }, {}, ["stronger  cache"]],
    [{}, { assets: { directory: "a", run_worker_first: true } }, []],
    [{}, { assets: { directory: "a", run_worker_first: ["/orders/*"] } }, ["open  assets"]],
    [
      { assets: { directory: "a", run_worker_first: ["/a", "/b"] } },
      { assets: { directory: "a", run_worker_first: ["/a"] } },
      ["open  assets"],
    ],
    [
      { assets: { directory: "a", run_worker_first: ["/a"] } },
      { assets: { directory: "a", run_worker_first: ["/a", "/b"] } },
      [],
    ],
    [
      { assets: { directory: "a", run_worker_first: ["/*"] } },
      { assets: { directory: "a", run_worker_first: ["/*", "!/b"] } },
      ["open  assets"],
    ],
    [{ assets: { directory: "a" } }, { assets: { directory: "b" } }, ["unknown  assets"]],
    [{ assets: { directory: "a" } }, {}, ["stronger  assets"]],
    [{}, { define: { A: "1" } }, ["unknown  define"]],
    [{}, { build: { command: "x" } }, ["unknown  build"]],
  ])("compares the settings %j and %j", async (before, after, expected) => {
    const project = (settings: object) => worker(wrangler(environment, settings));
    expect(await changes(project(before), project(after))).toEqual(expected);
  });

  it("counts variables of a named origin if both sides forward to it", async () => {
    const project = (url: string | undefined, hasRoute = true) =>
      worker(
        wrangler({ ...environment, ORIGIN_BILLING_URL: url, ORIGIN_URL: "https://a.example" }),
        `${imports} const app = new App(); ${hasRoute ? 'app.get("/b", { hooks: requireAuth("a") }, origin({ to: "billing" }));' : ""}
         export default createGate({ routes: app, unlisted: "reject" });`,
      );
    expect(await changes(project("https://b.example"), project("https://c.example"))).toEqual([
      "elsewhere  ORIGIN_BILLING_URL",
    ]);
    expect(await changes(project(undefined, false), project("https://c.example"))).toEqual(["weaker  GET /b"]);
  });

  it("compares programs for Node and Deno, and says that it does not compare their variables", async () => {
    const program = (scope: string): Files => ({
      "package.json": { type: "module", scripts: { start: "node src/app.ts" } },
      "src/app.ts": `${imports} const app = new App(); app.register(createEntraPlugin({
        ENTRA_TENANT_ID: process.env.ENTRA_TENANT_ID, ENTRA_API_AUDIENCE: process.env.ENTRA_API_AUDIENCE, GATE_URL: process.env.GATE_URL }));
        app.get("/orders", { hooks: requireAuth("${scope}") }, () => ({ status: 200 })); export { app };`,
    });
    const { code, stdout } = await diff(program("a"), program("a"));
    expect([code, stdout]).toEqual([
      0,
      "The same callers are admitted to every request.\nNot compared: variables and addresses: no file in Git has those of a program for Node or Deno.\n",
    ]);
    expect(await changes(program("b"), program("a"))).toEqual(["weaker and stronger  GET /orders"]);
    const { stdout: moved } = await diff(program("a"), worker());
    expect(moved).toMatch(
      /^unknown {2}worker\n {2}before {4}a program for Node or Deno\n {2}now {7}a worker of Wrangler\n/,
    );
  });

  it("reads another worker or a document with --worker, and another file with --config", async () => {
    const files = (scope: string): Files => ({
      ...worker(),
      "src/other.ts": createGate(undefined, scope),
      "w.json": wrangler({ ...environment, ENTRA_ACCEPT_V1: scope === "a" ? "true" : "false" }),
    });
    expect(await changes(files("b"), files("a"))).toEqual([]);
    expect(await changes(files("b"), files("a"), "--worker", "src/other.ts")).toEqual([
      "weaker and stronger  GET /orders",
    ]);
    expect(await changes(files("b"), files("a"), "--config", "w.json")).toEqual(["weaker  ENTRA_ACCEPT_V1"]);
    const missing = await diff(files("b"), files("a"), "--config", "x.json");
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining("--config x.json: ")]);
  });

  it("wants two folders or two files, and --worker only for folders", async () => {
    const folder = write(worker());
    const mixed = await runHere(["diff", folder, path.join(folder, "worker.ts")]);
    expect([mixed.code, mixed.stderr]).toEqual([
      3,
      expect.stringMatching(/^error: compare two folders, or two files: \S+ is a folder, and \S+worker\.ts is not$/m),
    ]);
    const file = path.join(folder, "worker.ts");
    const wrong = await runHere(["diff", file, file, "--worker", "worker.ts"]);
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining("compare two folders")]);
  });
});
