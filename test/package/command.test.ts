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
     ENTRA_TENANT_ID = "11111111-2222-3333-4444-555555555555"
     ENTRA_API_AUDIENCE = "22222222-3333-4444-5555-666666666666"
     ENTRA_REQUIRED_SCOPE = "access_as_user"`,
  );
  const options = { cwd: directory, encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [bin, "doctor", "--offline"], options);
  expect(stderr).toBe("");
  expect(stdout).toContain("GET /orders: a user with orders.read");
  expect(stdout).toContain("Faults: 0.");
  const explained = spawnSync(process.execPath, [bin, "explain", "a.b.c", "--no-verify"], options);
  expect(explained.stderr).toBe("");
  expect(explained.stdout).toContain("token_not_base64url");
});

it("names the required Node version if this one cannot read TypeScript", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--no-strip-types", bin, "--help"], { encoding: "utf8" });
  expect(stderr).toMatch(/^entra-gate needs Node 22\.18 or newer, and this is Node [\d.]+\. Install Node 24\.\n$/);
  expect(status).toBe(2);
});
