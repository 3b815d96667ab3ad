import { parse } from "jsonc-parser";
import { afterAll, describe, expect, it } from "vitest";
import { copyFixture, init, list, makeFolder, read, removeFolders, write } from "./support/folders.ts";

afterAll(removeFolders);

const configuration = { "wrangler.toml": 'name = "api"\nmain = "src/index.ts"\n', "package.json": "{}" };

/** Protects an app in a new project, and returns its text. */
async function protect(text: string, open: readonly string[] = []): Promise<string> {
  const folder = makeFolder({ ...configuration, "src/index.ts": text });
  await init(folder, { yes: true, public: open });
  return read(folder, "src/index.ts");
}

describe("init in a Hono app", () => {
  it("adds entra() before the routes, a requirement to each, and moves public routes with their comments", async () => {
    const folder = copyFixture("hono");
    await init(folder, { yes: true, public: ["GET /health"] });
    expect(read(folder, "src/index.ts")).toBe(`import { entra, requireAuth } from 'entra-gate/hono'
import { Hono } from 'hono'

const app = new Hono()
// Load balancers ask this.
app.get('/health', (c) => c.text('ok'))
app.use(entra())

app.get('/', requireAuth('access_as_user'), (c) => {
  return c.text('Hello Hono!')
})

export default app
`);
    expect(JSON.parse(read(folder, "wrangler.jsonc")).vars).toMatchObject({ ENTRA_REQUIRED_SCOPE: "access_as_user" });
    expect(read(folder, "test/gate.test.ts")).toContain("keeps /health public");
  });

  const home = '.get("/", (c) => c.text("Hello"))';
  const health = '.get("/health", (c) => c.text("ok"))';
  const orders = '.get("/orders", (c) => c.json([]))';
  it.each<[string, readonly string[], string]>([
    [home, ["/"], "/other"],
    [`${home}${health}.get("/orders/:id", (c) => c.json([]))`, ["/", "/health"], "/other"],
    [`${home}.route("/api", new Hono()${orders})`, ["/"], "/other"],
    [`${orders}${home}`, ["/orders"], "/"],
    [`.route("/api", new Hono()${orders}).get("/api/orders", (c) => c.json([]))${health}`, ["/api/*"], "/health"],
    [`.basePath("/v1/")${home}`, ["/"], "/v1/other"],
    [`.basePath("/v1")${home}${health}`, ["/health"], "/v1"],
  ])("writes a test that asks for a path that is not public: %s, %j", async (calls, open, asked) => {
    const text = `import { Hono } from "hono";\nexport default new Hono()${calls};\n`;
    const folder = makeFolder({ ...configuration, "src/index.ts": text });
    await init(folder, { yes: true, public: open });
    const written = read(folder, "test/gate.test.ts");
    expect(written).toContain(`expect(await ask("${asked}")).toBe(401)`);
    expect(written.match(/ask\("[^"]*", /g)).toEqual(Array(3).fill(`ask("${asked}", `));
  });

  it.each([
    [`${home}${health}.post("/orders/:id{[0-9]+}", (c) => c.json([]))`, ["/health"], '["GET /health"]', '["GET /"]'],
    [`.route("/api", new Hono()${orders})${health}`, ["/health"], '["GET /health"]', '["* /api/*"]'],
    [
      `.basePath("/v1")${home}${health}.get("/:page", (c) => c.text(""))`,
      ["/health"],
      '["GET /v1/health"]',
      '["GET /v1"]',
    ],
    [home, [], "[]", '["* /*"]'],
  ])("writes rules about what is public, and about the rest: %s, %j", async (calls, open, publicRequests, others) => {
    const text = `import { Hono } from "hono";\nexport default new Hono()${calls};\n`;
    const folder = makeFolder({ ...configuration, "src/index.ts": text });
    await init(folder, { yes: true, public: open });
    const rules = read(folder, "rules.yaml");
    expect([rules.match(/public: (.*)/)?.[1], rules.match(/requests: (.*)/)?.[1]]).toEqual([publicRequests, others]);
  });

  it("guards every route if nothing is asked", async () => {
    const folder = copyFixture("hono");
    await init(folder);
    expect(read(folder, "src/index.ts")).toContain("app.get('/health', requireAuth('access_as_user'), ");
  });

  it("leaves middleware that answers preflights, or only calls next, before entra()", async () => {
    const folder = copyFixture("hono-parts");
    await init(folder, { yes: true, public: ["/health"] });
    const text = read(folder, "src/app.ts");
    const order = [
      "logger()",
      "cors(",
      '"/health"',
      "entra()",
      "timing);",
      '"/shop/stage", requireAuth(',
      "app.route(",
    ];
    const places = order.map((part) => text.indexOf(part, text.indexOf("export const app")));
    expect(places.every((place) => place > 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(read(folder, "src/worker.ts")).toContain("export default { fetch: app.fetch };");
    expect(read(folder, "test/gate.test.ts")).toContain('import worker from "../src/worker.ts";');
  });

  it.each([
    ["jose in the package", { dependencies: { jose: "6" } }, "", "package.json has jose"],
    ["hono/jwk in the app", {}, 'import { jwk } from "hono/jwk";', "src/index.ts imports hono/jwk"],
  ])("says that tokens are verified twice: %s", async (_, manifest, imported, note) => {
    const text = `import { Hono } from "hono";\n${imported}\nexport default new Hono()${home};\n`;
    const files = { ...configuration, "src/index.ts": text };
    const folder = makeFolder({ ...files, "package.json": JSON.stringify(manifest) });
    const { output } = await init(folder);
    expect(output).toContain(note);
    expect(output).toContain("npx entra-gate docs migrate-from-a-library");
    const plain = makeFolder({ ...configuration, "src/index.ts": text.replace(imported, "") });
    expect((await init(plain)).output).not.toContain("migrate-from-a-library");
  });

  it.each([
    [
      "statements",
      "const app = new Hono();\napp.use(logger());\napp.use('/api/*', cors());\napp",
      ";\nexport default app",
    ],
    ["a chain", "export default new Hono().use(logger()).use('/api/*', cors())", ""],
  ])("marks middleware before entra() in %s, so that rules can be proved", async (_, start, end) => {
    const imports =
      'import { Hono } from "hono"; import { cors } from "hono/cors"; import { logger } from "hono/logger";';
    const folder = makeFolder({ ...configuration, "src/index.ts": `${imports}\n${start}${home}${end};\n` });
    await init(folder);
    const text = read(folder, "src/index.ts");
    expect(text).toContain('import { entra, passThrough, requireAuth } from "entra-gate/hono";');
    const calls = text.replace(/[\s;]|\bapp\b/g, "");
    expect(calls).toContain(".use(passThrough(logger())).use('/api/*',passThrough(cors())).use(entra())");
    expect(read(folder, "rules.yaml")).toContain("nothing is public");
  });

  it("edits a chain of calls", async () => {
    const text = `import { Hono } from "hono";
export default new Hono()
  .basePath("/api")
  .get("/orders", (c) => c.json([]))
  .get("/health", (c) => c.text("ok"));
`;
    expect(await protect(text, ["/health"])).toBe(`import { entra, requireAuth } from "entra-gate/hono";
import { Hono } from "hono";
export default new Hono()
  .basePath("/api")
  .get("/health", (c) => c.text("ok"))
  .use(entra())
  .get("/orders", requireAuth("access_as_user"), (c) => c.json([]));
`);
  });

  it("leaves the expression of an app that has only a base path", async () => {
    const text = `import { Hono } from "hono";
const app = new Hono().basePath("/api");
app.get("/orders", (c) => c.json([]));
app.get("/health", (c) => c.text("ok"));
export default app;
`;
    expect(await protect(text, ["/health"])).toBe(`import { entra, requireAuth } from "entra-gate/hono";
import { Hono } from "hono";
const app = new Hono().basePath("/api");
app.get("/health", (c) => c.text("ok"));
app.use(entra());
app.get("/orders", requireAuth("access_as_user"), (c) => c.json([]));
export default app;
`);
  });

  it("does not move a statement into the chain that creates the app", async () => {
    const text = `import { Hono } from "hono";
const app = new Hono().get("/orders", (c) => c.json([]));
app.get("/health", (c) => c.text("ok"));
export default app;
`;
    await expect(protect(text, ["/health"])).rejects.toThrow(
      "entra() comes earlier, in the chain that creates the app",
    );
  });

  it("protects the outer one of several apps", async () => {
    const text = `import { Hono } from "hono";
const orders = new Hono();
orders.get("/", (c) => c.json([]));
const app = new Hono();
app.route("/orders", orders);
export default app;
`;
    expect(await protect(text)).toContain("const app = new Hono();\napp.use(entra());\n");
  });

  it("requires the app role too, if there is one", async () => {
    const folder = copyFixture("hono");
    await init(folder, { yes: true, role: "Orders.Read.All" });
    const text = read(folder, "src/index.ts");
    expect(text).toContain("import { anyOf, entra, requireAuth } from 'entra-gate/hono'");
    expect(text).toContain("anyOf(requireAuth('access_as_user'), requireAuth({ anyRole: ['Orders.Read.All'] }))");
  });

  it("requires a group that the configuration requires", async () => {
    const folder = copyFixture("hono");
    const group = "44444444-5555-6666-7777-888888888888";
    const file = "wrangler.jsonc";
    write(
      folder,
      file,
      read(folder, file).replace(
        "{",
        `{ "vars": { "ENTRA_REQUIRED_SCOPE": "a b", "ENTRA_REQUIRED_GROUP": "${group}" },`,
      ),
    );
    await init(folder, { yes: true, scope: undefined as never });
    expect(read(folder, "src/index.ts")).toContain(`requireAuth({ scopes: ['a', 'b'], anyGroup: ['${group}'] })`);
    const [test = ""] = Object.keys(list(folder)).filter((file) => file.endsWith(".test.ts"));
    expect(read(folder, test)).toContain(`ENTRA_REQUIRED_GROUP: "${group}"`);
    expect(read(folder, test)).toContain(`entra.token({ scopes: ["a", "b"], groups: ["${group}"] })`);
  });

  it.each([
    ["/missing", "", /--public \/missing must be a route of src\/index\.ts: GET \/x$/],
    ["/x", "app.use(async (_, next) => next());\n", /the middleware use\(\) comes before it/],
    ["/x", 'app.use("/x", async (_, next) => next());\n', /the middleware use\(\/x\) comes before it/],
    ["/x", 'app.all("*", (c) => c.text(""));\n', /the middleware all\(\*\) comes before it/],
    ["/x", "const text = String(1);\n", /it uses text, which is declared after the app/],
  ])("does not keep %s public after %j, and says why", async (open, before, message) => {
    const use = before.startsWith("const") ? "handle(text)" : '(c) => c.text("x")';
    const text = `import { Hono } from "hono";
const handle = (text: string) => (c: { text(value: string): Response }) => c.text(text);
const app = new Hono();
${before}app.get("/x", ${use});
export default app;
`;
    const folder = makeFolder({ ...configuration, "src/index.ts": text });
    const files = list(folder);
    await expect(init(folder, { yes: true, public: [open] })).rejects.toThrow(message);
    expect(list(folder)).toEqual(files);
  });

  it("does not move a pattern, which could match other routes", async () => {
    const text =
      'import { Hono } from "hono";\nconst app = new Hono();\napp.get("/:page", (c) => c.text(""));\nexport default app;\n';
    await expect(protect(text, ["/:page"])).rejects.toThrow("its pattern could match other routes");
  });

  it("keeps public what middleware of other paths does not concern", async () => {
    const text = `import { Hono } from "hono";
const app = new Hono();
app.use("/admin/*", async (_, next) => next());
app.get("/health", (c) => c.text("ok"));
export default app;
`;
    expect(await protect(text, ["/health"])).toMatch(/"\/health"[^\n]*\napp\.use\(entra\(\)\);\napp\.use\("\/admin/);
  });

  it("raises a range of hono that this package does not support", async () => {
    const folder = copyFixture("hono");
    await init(folder);
    expect(JSON.parse(read(folder, "package.json")).dependencies.hono).toBe("^4.12.21");
  });

  it("has nothing to add the second time", async () => {
    const folder = copyFixture("hono");
    await init(folder);
    const files = list(folder);
    expect((await init(folder)).output).toMatch(/^src\/index\.ts imports entra-gate already\./);
    expect(list(folder)).toEqual(files);
  });
});

describe("init in a server of Deno or Node", () => {
  it("exports the app for a test, and writes the variables where Git ignores them", async () => {
    const folder = copyFixture("node");
    const { output } = await init(folder);
    expect(read(folder, "src/index.ts")).toContain("export const app = new Hono();\napp.use(entra());");
    expect(read(folder, ".env")).toContain("ENTRA_REQUIRED_SCOPE=access_as_user\n");
    expect(read(folder, "test/gate.test.ts")).toContain('vi.mock("@hono/node-server"');
    expect(JSON.parse(read(folder, "package.json")).scripts).toMatchObject({
      start: "node --env-file-if-exists=.env src/index.ts",
      doctor: "entra-gate doctor",
    });
    expect(output).toContain("The environment of your server needs the variables of .env");
    expect(output).toMatch(/A deployment needs GATE_TLS_PROXY=true and GATE_URL=https:.*run-behind-a-proxy/);
  });

  it("leaves a script dev of the project, and names the command in its place", async () => {
    const folder = copyFixture("node");
    const manifest = JSON.parse(read(folder, "package.json"));
    manifest.scripts.dev = "tsx watch src/index.ts";
    write(folder, "package.json", JSON.stringify(manifest));
    const { output } = await init(folder);
    expect(JSON.parse(read(folder, "package.json")).scripts.dev).toBe("tsx watch src/index.ts");
    expect(output).toContain("  npx entra-gate dev\n");
  });

  it.each<[Readonly<Record<string, string>>, Readonly<Record<string, string>>, boolean]>([
    [
      { start: "PORT=80 node src/index.ts", dev: "node --watch src/index.ts" },
      {
        start: "PORT=80 node --env-file-if-exists=.env src/index.ts",
        dev: "node --env-file-if-exists=.env --watch src/index.ts",
      },
      false,
    ],
    [{ start: "node --env-file=.env.live src/index.ts" }, { start: "node --env-file=.env.live src/index.ts" }, false],
    [{ start: "pm2 start src/index.ts" }, { start: "pm2 start src/index.ts" }, true],
  ])("lets the scripts %j of Node read .env, or says how", async (scripts, expected, isNoted) => {
    const folder = copyFixture("node");
    const manifest = JSON.parse(read(folder, "package.json"));
    write(folder, "package.json", JSON.stringify({ ...manifest, scripts }));
    const { output } = await init(folder);
    expect(JSON.parse(read(folder, "package.json")).scripts).toMatchObject(expected);
    expect(output.includes("as node --env-file-if-exists=.env src/index.ts does")).toBe(isNoted);
  });

  it("adds a package.json to a project of Deno, and lets its task read .env", async () => {
    const folder = copyFixture("deno");
    const before = read(folder, "deno.jsonc");
    await init(folder);
    expect(read(folder, "deno.jsonc")).toBe(before.replace("deno run", "deno run --env-file=.env"));
    expect(JSON.parse(read(folder, "package.json"))).toMatchObject({
      scripts: { dev: "entra-gate dev", test: expect.stringContaining("deno test") },
      devDependencies: { "@types/node": expect.any(String) },
    });
  });

  it.each<[unknown, unknown, RegExp | undefined]>([
    ["deno run --allow-net main.ts", "deno run --env-file=.env --allow-env --allow-net main.ts", undefined],
    [
      "A=1 deno serve --port 8000 main.ts -A",
      "A=1 deno serve --env-file=.env --allow-env --allow-net --port 8000 main.ts -A",
      undefined,
    ],
    [{ command: "deno run -N main.ts" }, { command: "deno run --env-file=.env --allow-env -N main.ts" }, undefined],
    ["deno run --env-file -A main.ts", "deno run --env-file -A main.ts", undefined],
    ["deno run -RNE main.ts", "deno run --env-file=.env -RNE main.ts", undefined],
    [
      "deno run --allow-net=:80 main.ts",
      "deno run --env-file=.env --allow-env --allow-net=:80 main.ts",
      /The task start limits/,
    ],
    ["deno run -P main.ts", "deno run --env-file=.env -P main.ts", /The task start limits/],
    ["make", "make", /Start it with: deno run --env-file=\.env --allow-env --allow-net main\.ts/],
  ])("lets the task %j of Deno read the variables", async (task, expected, note) => {
    const folder = copyFixture("deno");
    write(folder, "deno.jsonc", `{\n  // Deno's own file\n  "tasks": { "start": ${JSON.stringify(task)} },\n}\n`);
    const { output } = await init(folder);
    const written = read(folder, "deno.jsonc");
    expect(written).toContain("// Deno's own file");
    expect(parse(written).tasks).toEqual({ start: expected });
    if (note === undefined) expect(output).not.toMatch(/limits|Start it with/);
    else expect(output).toMatch(note);
  });

  it.each([
    ["file:../entra-gate-0.2.0.tgz", "auto", "manual"],
    ["file:../entra-gate-0.2.0.tgz", "none", "manual"],
    ["file:../entra-gate-0.2.0.tgz", "manual", "manual"],
    ["^0.2.0", "auto", "auto"],
  ])("with the dependency %s, changes nodeModulesDir of Deno from %s to %s", async (range, before, after) => {
    const folder = copyFixture("deno");
    write(folder, "package.json", JSON.stringify({ dependencies: { "entra-gate": range } }));
    write(folder, "deno.jsonc", JSON.stringify({ ...parse(read(folder, "deno.jsonc")), nodeModulesDir: before }));
    const { output } = await init(folder);
    expect(parse(read(folder, "deno.jsonc")).nodeModulesDir).toBe(after);
    expect(output.includes(`had nodeModulesDir "${before}"`)).toBe(before !== after);
  });

  it("keeps the packages of Deno's import map, which Deno takes from package.json", async () => {
    const folder = copyFixture("deno");
    const imports = {
      hono: "npm:hono@^4.0.0",
      zod: "npm:zod",
      "@std/http": "jsr:@std/http@1",
      x: "npm:@scope/x@1/sub",
    };
    write(folder, "deno.jsonc", JSON.stringify({ ...parse(read(folder, "deno.jsonc")), imports }));
    await init(folder);
    expect(JSON.parse(read(folder, "package.json")).dependencies).toEqual({
      hono: "^4.12.21",
      zod: "*",
      "@scope/x": "1",
    });
  });

  it("leaves an existing .env as it is, and prints the lines", async () => {
    const folder = copyFixture("node");
    write(folder, ".env", "PORT=1\n");
    const { output } = await init(folder);
    expect(read(folder, ".env")).toBe("PORT=1\n");
    expect(output).toMatch(/Add to \.env.*ENTRA_TENANT_ID=/);
  });
});
