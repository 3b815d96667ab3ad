import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, inject, it } from "vitest";

const consumer = inject("consumer");
const bin = path.join(consumer, "node_modules/.bin/entra-gate");

it("runs in an installation, and loads a worker of a CommonJS package that imports the library", () => {
  const directory = path.join(consumer, "command");
  mkdirSync(directory);
  writeFileSync(path.join(directory, "package.json"), "{}");
  writeFileSync(
    path.join(directory, "worker.ts"),
    `import { App, createGate, origin, requireAuth } from "entra-gate";
     const middleware: readonly [ReturnType<typeof requireAuth>] = [requireAuth("orders.read")];
     export default createGate({ routes: new App().get("/orders", { middleware }, origin()) });`,
  );
  writeFileSync(
    path.join(directory, "wrangler.toml"),
    `main = "worker.ts"
     [vars]
     ENTRA_TENANT_ID = "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2"
     ENTRA_API_AUDIENCE = "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"
     ENTRA_REQUIRED_SCOPE = "access_as_user"
     ORIGIN_URL = "https://origin.contoso.com"`,
  );
  const options = { cwd: directory, encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [bin, "doctor", "--offline"], options);
  expect(stderr).toBe("");
  expect(stdout).toContain("GET /orders: a user with scope orders.read");
  expect(stdout).toContain("Faults: 0.");
  const explained = spawnSync(process.execPath, [bin, "explain", "a.b.c", "--no-verify"], options);
  expect(explained.stderr).toBe("");
  expect(explained.stdout).toContain("token_not_base64url");
});

it("prints a page from the package", () => {
  const options = { cwd: consumer, encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [bin, "docs", "reasons#scope_missing"], options);
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^## scope_missing\n/), ""]);
});

it("names the required Node version if this one cannot read TypeScript", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--no-strip-types", bin, "--help"], { encoding: "utf8" });
  expect(stderr).toMatch(/^entra-gate needs Node 22\.18 or newer, and this is Node [\d.]+\. Install Node 24\.\n$/);
  expect(status).toBe(3);
});
