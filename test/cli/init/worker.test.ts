import { afterAll, describe, expect, it } from "vitest";
import {
  audience,
  copyFixture,
  init,
  list,
  makeFolder,
  read,
  removeFolders,
  tenant,
  write,
} from "./support/folders.ts";

afterAll(removeFolders);

const policy = `<policies><inbound><base /><validate-azure-ad-token tenant-id="${tenant}"><audiences><audience>${audience}</audience></audiences>
<required-claims><claim name="roles" match="any"><value>A</value></claim></required-claims></validate-azure-ad-token></inbound></policies>`;

describe("init around a worker", () => {
  it("makes the gate main, and edits TOML in place", async () => {
    const folder = copyFixture("worker-toml");
    const before = list(folder);
    await init(folder, { yes: true, public: ["/health"] });
    expect(read(folder, "wrangler.toml")).toBe(
      before["wrangler.toml"]
        ?.replace('main = "src/index.ts"', 'main = "src/gate.ts"')
        .replace(
          "[vars] # not secret\n",
          `[vars] # not secret\nENTRA_TENANT_ID = "${tenant}"\nENTRA_API_AUDIENCE = "${audience}"\nENTRA_REQUIRED_SCOPE = "access_as_user"\n`,
        ),
    );
    expect(read(folder, "src/index.ts")).toBe(before["src/index.ts"]);
    expect(read(folder, "src/gate.ts")).toBe(`import { App, createGate, origin } from "entra-gate";
import worker from "./index";

// Anyone may send these requests.
const routes = new App({ title: "API", version: "1.0.0" });
routes.get("/health", { public: true }, origin());

const gate = createGate({ routes, worker });

// Every other request reaches the worker only with a token that meets ENTRA_REQUIRED_SCOPE or ENTRA_REQUIRED_ROLE.
export default { ...gate, ...worker, fetch: gate.fetch };
`);
  });

  it("writes rules about a public path, with a comma in it, and about all other requests", async () => {
    const folder = copyFixture("worker-toml");
    await init(folder, { yes: true, public: ["/items(a=1,b=2)"] });
    const rules = read(folder, "rules.yaml");
    expect(rules).toContain('public: ["GET /items(a=1,b=2)"]');
    expect(rules).toContain('requests: ["* /*"]\n      except: ["GET /items(a=1,b=2)"]');
  });

  it("edits JSON with comments in place, and says that assets stay public", async () => {
    const folder = copyFixture("worker-assets");
    const { output } = await init(folder);
    const text = read(folder, "wrangler.jsonc");
    for (const comment of ["// The brochure and its API", "// pages"]) expect(text).toContain(comment);
    expect(text).toContain('"main": "src/gate.js"');
    expect(read(folder, "src/gate.js")).toContain('import worker from "./index.js";');
    expect(read(folder, "test/gate.test.js")).not.toContain(": string");
    expect(output).toContain("Static assets in ./public stay public");
  });

  it("exports what else the module exports, such as Durable Objects", async () => {
    const folder = copyFixture("worker-toml");
    write(folder, "src/index.ts", "export class Room {}\nexport default { fetch: () => new Response() };\n");
    await init(folder);
    expect(read(folder, "src/gate.ts")).toContain('export * from "./index";');
  });

  it("writes no test for a module that only workerd loads", async () => {
    const folder = copyFixture("worker-toml");
    write(
      folder,
      "src/index.ts",
      'import { DurableObject } from "cloudflare:workers";\nexport default { fetch: () => new Response() };\n',
    );
    await init(folder);
    expect(Object.keys(list(folder))).not.toContain("test/gate.test.ts");
  });

  it("imports with the ending that the project uses", async () => {
    const folder = copyFixture("worker-toml");
    write(folder, "src/index.ts", 'import "./depot.js";\nexport default { fetch: () => new Response() };\n');
    write(folder, "src/depot.ts", "");
    await init(folder);
    expect(read(folder, "src/gate.ts")).toContain('from "./index.js"');
    const other = copyFixture("worker-toml");
    write(other, "tsconfig.json", '{ "compilerOptions": { "module": "nodenext" } }');
    await init(other);
    expect(read(other, "src/gate.ts")).toContain('from "./index.js"');
  });

  it("says what it leaves: environments, an old date, TOML that it does not edit", async () => {
    const folder = makeFolder({
      "package.json": "{}",
      "wrangler.toml":
        'name = "api"\nmain = "index.ts"\ncompatibility_date = "2024-01-01"\nvars = { A = "1" }\n[env.staging]\n',
      "index.ts": "export default { fetch: () => new Response() };",
    });
    const before = read(folder, "wrangler.toml");
    const { output } = await init(folder);
    expect(read(folder, "wrangler.toml")).toBe(before);
    expect(output).toContain('Change it yourself: main = "gate.ts"; [vars]; ENTRA_TENANT_ID');
    expect(output).toContain("Environments do not inherit vars: add them to env.staging.vars");
    expect(output).toContain("compatibility_date 2024-01-01 is older than 2026-10-12");
  });

  it("keeps the variables that the configuration has", async () => {
    const folder = copyFixture("worker-toml");
    const text = read(folder, "wrangler.toml");
    write(folder, "wrangler.toml", `${text}ENTRA_TENANT_ID = "11111111-1111-4111-8111-111111111111"\n`);
    await init(folder, { yes: true, tenant: undefined as never });
    expect(read(folder, "wrangler.toml").match(/ENTRA_TENANT_ID/g)).toHaveLength(1);
  });

  it("takes the requirement of a policy of API Management", async () => {
    const folder = copyFixture("worker-toml");
    write(folder, "policy.xml", policy);
    await init(folder, { yes: true, scope: undefined as never, from: ["apim", `${folder}/policy.xml`] });
    expect(read(folder, "src/gate.ts")).toContain("createGate({ routes, worker })");
    expect(read(folder, "src/routes.ts")).toContain('"roles": ["A"]');
  });

  it("with --bind puts a gate in front of the worker, whose code and name stay", async () => {
    const folder = copyFixture("worker-toml");
    const source = read(folder, "src/index.ts");
    const { output } = await init(folder, { yes: true, bind: true });
    expect(JSON.parse(read(folder, "gate/wrangler.jsonc"))).toMatchObject({
      name: "parcels-gate",
      main: "worker.ts",
      routes: [{ pattern: "parcels.contoso.com/*", zone_name: "contoso.com" }],
      workers_dev: false,
      services: [{ binding: "ORIGIN", service: "parcels" }],
    });
    const text = read(folder, "wrangler.toml");
    expect(text).toContain("workers_dev = false\npreview_urls = false\n");
    expect(JSON.parse(read(folder, "package.json")).scripts).toMatchObject({
      dev: "entra-gate dev --config gate/wrangler.jsonc",
      deploy: "wrangler deploy && entra-gate deploy --config gate/wrangler.jsonc",
      doctor: "entra-gate doctor --config gate/wrangler.jsonc",
    });
    expect(text).not.toContain("routes");
    expect(text).toContain('name = "parcels" # known to the billing');
    expect(read(folder, "src/index.ts")).toBe(source);
    expect(output).toContain(
      "The worker parcels loses its own address when it is deployed. The gate parcels-gate then has its routes.",
    );
  });

  it.each([
    [["/", "GET /health"], "/other"],
    [["/health"], "/"],
    [["/", "/other", "/:page"], "/other/other"],
    [["/*"], undefined],
  ])("keeps %j public in front of a worker, too, and tests that %s is not", async (open, guarded) => {
    const folder = copyFixture("worker-toml");
    await init(folder, { yes: true, bind: true, public: open });
    const paths = open.map((each) => each.replace("GET ", ""));
    for (const each of paths) {
      expect(read(folder, "gate/worker.ts")).toContain(`routes.get("${each}", { public: true }, origin());`);
    }
    expect(read(folder, "gate/worker.ts")).toContain("export default createGate({ routes });");
    expect(read(folder, "test/gate.test.ts")).toContain(`it("keeps ${paths[0]} public"`);
    const [, asked] = /ask\("([^"]*)"\)\)\.toBe\(401\)/.exec(read(folder, "test/gate.test.ts")) ?? [];
    expect(asked).toBe(guarded);
  });

  it.each(["health", "POST /health", "/a?b", "/a b", "GET"])("refuses --public %s around a worker", async (open) => {
    const folder = copyFixture("worker-toml");
    const before = list(folder);
    await expect(init(folder, { yes: true, public: [open] })).rejects.toThrow(
      `--public ${open} must be a path such as /health, which stays public for GET`,
    );
    expect(list(folder)).toEqual(before);
  });

  it("accepts the form GET /health around a worker", async () => {
    const folder = copyFixture("worker-toml");
    await init(folder, { yes: true, public: ["GET /health"] });
    expect(read(folder, "src/gate.ts")).toContain('routes.get("/health", { public: true }, origin());');
  });

  it("refuses --bind if environments have addresses of their own", async () => {
    const folder = copyFixture("hono-parts");
    const files = list(folder);
    await expect(init(folder, { yes: true, bind: true })).rejects.toThrow("has environments (production)");
    expect(list(folder)).toEqual(files);
  });
});
