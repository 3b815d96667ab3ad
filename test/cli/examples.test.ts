import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { linkExample } from "./support/examples.ts";
import { environment } from "./support/explain-world.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "policy-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Links the worker of an example, and configures it. */
function prepare(name: string, main: string) {
  const worker = linkExample(`${name}/${main}`, folder);
  const config = path.join(folder, `${name}.json`);
  writeFileSync(config, JSON.stringify({ main: path.basename(worker), vars: environment }));
  return { worker, run: (...args: readonly string[]) => runHere([...args, "--config", config]) };
}

describe("the policy of the examples", () => {
  it.each([
    ["app-with-zod", "src/worker.ts"],
    ["deno", "src/main.ts"],
    ["gate", "src/worker.ts"],
    ["hono", "src/worker.ts"],
    ["node", "src/app.ts"],
    ["on-behalf-of", "src/worker.ts"],
  ])("is what the cases say: %s", async (name, main) => {
    const { worker, run } = prepare(name, main);
    const cases = path.join(root, "examples", name, "cases.yaml");
    const { code, stdout, stderr } = await run("test", cases, "--routes", worker, "--coverage");
    expect([code, stderr, stdout]).toEqual([0, "", expect.stringContaining(" 0 failed.")]);
  });

  it.each([
    ["app-with-zod", "src/worker.ts", ["GET /openapi.json"]],
    ["deno", "src/main.ts", []],
    ["gate", "src/worker.ts", ["GET /orders/*"]],
    ["node", "src/app.ts", []],
    ["on-behalf-of", "src/worker.ts", []],
  ])("is in the document, which compiles and stays current: %s", async (name, main, omitted) => {
    const { worker, run } = prepare(name, main);
    const document = path.join(folder, `${name}-openapi.json`);
    const compiled = path.join(folder, `${name}-routes.ts`);
    expect(await run("openapi", "--out", document)).toMatchObject({ code: 0 });
    const open = name === "gate" ? ["--public", "GET /health"] : [];
    const compile = ["compile", document, "--out", compiled, ...open];
    expect(await run(...compile)).toMatchObject({ code: 0, stderr: "" });
    expect(await run(...compile, "--check")).toMatchObject({ code: 0 });
    const { code, stdout } = await run("diff", worker, document, "--json");
    const changes: readonly { kind: string; request: string }[] = JSON.parse(stdout).changes;
    // The document omits its own route, and routes that end in a wildcard.
    expect([code, changes.map(({ kind, request }) => `${kind} ${request}`)]).toEqual([
      0,
      omitted.map((request) => `gone ${request}`),
    ]);
  });
});
