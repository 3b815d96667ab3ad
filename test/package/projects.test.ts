import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import stripJsonComments from "strip-json-comments";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { quietEnvironment } from "../../cli/project/quiet.ts";
import { answers, copyShape, createRun, shapes, tryShape } from "../../tools/shapes/shapes.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-init-"));

/** Wrangler's file, without its comments. */
const readWranglerFile = () =>
  JSON.parse(stripJsonComments(readFileSync(path.join(folder, "wrangler.jsonc"), "utf8"))) as {
    readonly compatibility_date: string;
    readonly vars: Record<string, string>;
  };

/** This proxy has no server, so every request to the network fails. */
const offline = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9", NODE_USE_ENV_PROXY: "1" };

/**
 * Gives another project the packages of the first one. `npm install` keeps those that the manifest of the project requires,
 * and removes all others.
 */
function copyPackages(project: string): void {
  const packages = path.join(folder, "node_modules");
  cpSync(packages, path.join(project, "node_modules"), { recursive: true, verbatimSymlinks: true });
}

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const env = { ...process.env, ...quietEnvironment, ...offline, NODE_OPTIONS: "", CI: "true", NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env, input: "" });
  return { status, output: stdout + stderr };
}

/** Runs the command of the installed package, and then its project with that package, as a new user does. */
beforeAll(() => {
  const command = path.join(inject("consumer"), "node_modules/.bin/entra-gate");
  execFileSync(command, ["init", "--yes", "--name", "orders", ...answers], { cwd: folder });
  const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", install, { cwd: folder, stdio: "pipe" });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a project that init created", () => {
  it("passes its own tests", () => {
    const { status, output } = run("npm", ["test"]);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringMatching(/Tests {2}\d passed/) });
  });

  it("type-checks", () => {
    expect(run("npx", ["--no", "tsc"])).toEqual({ status: 0, output: "" });
  });

  it("has one fault in doctor, which lists its routes: nothing leads to its origin", () => {
    const { status, output } = run("npx", ["--no", "entra-gate", "doctor", "--offline"]);
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringContaining("GET /me: a user with access_as_user"),
    });
    expect(output).toContain("✗ requests are forwarded to the zone's own origin, but no route of a zone");
    expect(output).toContain("Faults: 1.");
  });

  it("can be deployed, and runs at its compatibility date", async () => {
    const { status, output } = run("npx", ["--no", "wrangler", "deploy", "--dry-run", "--outdir", "dist"]);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining("--dry-run: exiting now.") });
    const { compatibility_date: compatibilityDate, vars } = readWranglerFile();
    const script = readFileSync(path.join(folder, "dist/worker.js"), "utf8");
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script,
        compatibilityDate,
        bindings: vars,
        compatibilityFlags: ["nodejs_compat"],
      }),
    );
    expect((await worker.dispatchFetch("https://api.example/me")).status).toBe(401);
    await worker.dispose();
  });

  it("has a date that the workerd of Cloudflare's Vite plugin 1.64.0 accepts", () => {
    expect(readWranglerFile().compatibility_date <= "2026-10-19").toBe(true);
  });
});

describe("a project that init protected", () => {
  it.each(["plain worker (TOML)", "Hono app"])("passes its tests and doctor, and can be deployed: %s", async (name) => {
    const shape = shapes[name]!;
    const project = mkdtempSync(path.join(tmpdir(), "entra-gate-shape-"));
    const run = createRun(project, [path.dirname(process.execPath)]);
    await copyShape(shape, project, run);
    const command = path.join(inject("consumer"), "node_modules/.bin/entra-gate");
    const results = await tryShape(shape, [command], run, () => copyPackages(project));
    rmSync(project, { recursive: true });
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(results.map(({ step }) => step)).toEqual(["init", "install", "test", "doctor", "deploy"]);
  });
});

describe("an example that is copied out of the repository", () => {
  it("works, and doctor refuses to deploy its IDs", async () => {
    const project = mkdtempSync(path.join(tmpdir(), "entra-gate-template-"));
    cpSync(path.join(root, "examples/hono"), project, { recursive: true });
    copyPackages(project);
    const run = createRun(project, [path.dirname(process.execPath)]);
    const done = { code: 0, output: expect.any(String) };
    expect(await run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", inject("tarball"))).toEqual(done);
    expect(await run("npm", "run", "check")).toEqual(done);
    expect(await run("npm", "test", "--", "--testTimeout=300000")).toEqual(done);
    expect(await run("npm", "run", "deploy")).toEqual({
      code: 1,
      output: expect.stringContaining("example IDs are left in ENTRA_TENANT_ID, ENTRA_API_AUDIENCE"),
    });
    rmSync(project, { recursive: true });
  });
});
