import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { environment } from "../support/explain-world.ts";
import { runHere } from "../support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "openapi-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** Runs the command for a worker with this code. */
function run(code: string, out: string, ...args: readonly string[]) {
  files += 1;
  const imports = `import { App, createGate, openapi, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};`;
  writeFileSync(path.join(folder, `worker-${files}.ts`), `${imports}\n${code}`);
  const config = path.join(folder, `wrangler-${files}.json`);
  const vars = { ...environment, GATE_URL: "https://api.contoso.example" };
  writeFileSync(config, JSON.stringify({ main: `worker-${files}.ts`, vars }));
  return runHere(["openapi", "--out", path.join(folder, out), "--config", config, ...args]);
}

const gate = `const routes = new App({ title: "Orders" }).register(openapi({ public: true }));
  routes.get("/orders/:id", { hooks: requireAuth("orders.read") }, origin());
  export default createGate({ routes });`;

describe("entra-gate openapi", () => {
  it("writes the document that the gate serves", async () => {
    const { code, stdout } = await run(gate, "api/openapi.json");
    const file = path.join(folder, "api/openapi.json");
    expect([code, stdout]).toEqual([0, `Wrote ${file}.\n`]);
    const { default: worker } = await import(/* @vite-ignore */ path.join(folder, `worker-${files}.ts`));
    const addresses = { GATE_URL: "https://api.contoso.example", ORIGIN_URL: "https://origin.contoso.example" };
    const variables = { ...environment, ...addresses };
    const served = await worker.fetch(new Request("https://api.contoso.example/openapi.json"), variables);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(await served.json());
    // It may be written again.
    expect(await run(gate, "api/openapi.json")).toMatchObject({ code: 0 });
  });

  it("names origins only with --origins, and says which it omits", async () => {
    const routes = `const routes = new App();
      routes.group("/invoices", { origin: "billing", hooks: requireAuth("orders.read") }, (invoices) => {
        invoices.get("/:id", {}, origin());
        invoices.put("/:number", {}, origin({ to: "history" }));
        invoices.get("/:id/text", {}, () => "text");
      });
      routes.get("/orders", { hooks: requireAuth("orders.read") }, origin());
      export default createGate({ routes });`;
    const [bare, named] = ["bare.json", "named.json"].map((name) => path.join(folder, name));
    const without = await run(routes, "bare.json");
    expect([without.code, without.stdout]).toEqual([
      0,
      `Wrote ${bare}.\nIt does not name the origins billing, history of the routes. For a document that compile reads, add --origins.\n`,
    ]);
    expect(readFileSync(bare!, "utf8")).not.toMatch(/billing|history/);
    const json = await run(routes, "bare.json", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ state: "written", omittedOrigins: ["billing", "history"] });
    expect((await run(routes, "named.json", "--origins")).stdout).toBe(`Wrote ${named}.\n`);
    const { paths } = JSON.parse(readFileSync(named!, "utf8"));
    expect(paths).toMatchObject({
      "/invoices/{id}": { get: { "x-entra-origin": "billing" }, put: { "x-entra-origin": "history" } },
    });
    expect(JSON.stringify(paths).match(/x-entra-origin/g)).toHaveLength(2);
    const one = await run(gate.replace("origin()", 'origin({ to: "zone" })'), "bare.json");
    expect(one.stdout).toContain("\nIt does not name the origin zone of the routes.");
  });

  it("names each gap, and with --strict writes nothing", async () => {
    const wild = gate.replace("/orders/:id", "/orders/*");
    const { code, stderr } = await run(wild, "gaps.json");
    expect([code, stderr]).toEqual([0, "The document cannot describe the path of GET /orders/*.\n"]);
    const strict = await run(wild, "strict.json", "--strict");
    expect([strict.code, strict.stderr, existsSync(path.join(folder, "strict.json"))]).toEqual([
      1,
      "The document cannot describe the path of GET /orders/*.\nNothing was written, because the document has gaps.\n",
      false,
    ]);
    const json = await run(wild, "strict.json", "--strict", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      state: "refused",
      gaps: [{ route: "GET /orders/*", part: "path" }],
    });
    expect(await run(gate, "strict.json", "--strict")).toMatchObject({ code: 0 });
  });

  it.each([
    ["a file of somebody else", gate, "mine.json", /mine\.json: the file exists, and is not an OpenAPI document/],
    ["a folder", gate, ".", /--out ".+" cannot be read: it is not a regular file/],
    ["a worker without an App", "export default createGate({});", "a.json", /has no App of entra-gate/],
    ["a worker without routes", "export default {};", "a.json", /does not show its routes/],
  ])("stops at %s", async (_what, code, out, message) => {
    writeFileSync(path.join(folder, "mine.json"), "{}");
    expect(await run(code, out)).toMatchObject({ code: 3, stderr: expect.stringMatching(message) });
    expect(readFileSync(path.join(folder, "mine.json"), "utf8")).toBe("{}");
  });
});
