import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { answers } from "../../tools/shapes/shapes.ts";
import { denoCommand } from "../support/deno/command.ts";
import { startLauncher } from "../support/launcher.ts";
import { install, pack } from "../support/package/install.ts";
import { startRegistry } from "../support/package/registry.ts";
import { bunCommand } from "../support/runtimes/serve-file.ts";
import type { Part } from "../support/stack.ts";
import { runTrial } from "../support/trials.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-create-"));
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const { version, homepage, bugs, repository } = readJson(path.join(root, "package.json"));
/** All that a deployment needs. */
const complete = [...answers, "--origin", "https://origin.contoso.com"];
let registry: Part;

beforeAll(async () => {
  const creator = await pack(directory, path.join(root, "create"));
  registry = await startRegistry(directory, [inject("tarball"), path.join(directory, creator.filename)]);
});
afterAll(async () => {
  await registry?.stop();
  rmSync(directory, { recursive: true });
});

/** Runs a command as a user does whose registry is the one of this test. */
async function run(cwd: string, [program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv = {}) {
  // What started this test would pass for the program that creates.
  const { npm_config_user_agent: _, ...others } = process.env;
  const settings = { npm_config_registry: registry.url, npm_config_yes: "true", NPM_CONFIG_REGISTRY: registry.url };
  const running = promisify(execFile)(program, args, { cwd, env: { ...others, ...settings, ...env } });
  running.child.stdin?.end();
  return (await running).stdout;
}

function makeFolder(name: string): string {
  const folder = path.join(directory, name);
  mkdirSync(folder);
  return folder;
}

/** What each program that creates keeps of packages. A package of an earlier test would be used again. */
const fresh = (name: string) => path.join(directory, `cache-${name}`);

describe("npm create entra-gate", () => {
  it("goes from an empty folder to a refused and an accepted request in three commands", async () => {
    const folder = makeFolder("npm");
    await run(folder, ["npm", "create", "entra-gate", "--", "--yes", ...complete], { npm_config_cache: fresh("npm") });
    expect(readJson(path.join(folder, "package.json")).dependencies["entra-gate"]).toBe(`^${version}`);
    await run(folder, ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]);
    expect(readJson(path.join(folder, "package.json")).scripts.dev).toBe("entra-gate dev");
    const command = [path.join(folder, "node_modules/entra-gate/cli/entra-gate.js"), "dev"];
    const launcher = await startLauncher([], { cwd: folder, command });
    const lines = [...launcher.output().matchAll(/^# (.+)\n(curl .+)$/gm)];
    const received: string[] = [];
    for (const [, title, line = ""] of lines) received.push(`${title} ${await runTrial(line, folder)}`);
    // `dev` runs already.
    const agents = readFileSync(path.join(folder, "AGENTS.md"), "utf8");
    const commands = [...agents.matchAll(/^- `(np[mx] .+)`: /gm)].flatMap(([, each = ""]) =>
      each === "npx entra-gate dev" ? [] : [each],
    );
    expect(commands).toHaveLength(5);
    for (const command of commands) await run(folder, ["bash", "-o", "pipefail", "-c", command]);
    await launcher.stop();
    expect(received).toEqual([
      "GET /me: a user with scope access_as_user 200",
      "GET /me for a user with another scope: 403 403",
      "GET /api/*: a user with scope access_as_user: 200 200",
      "GET /api/* for a user with another scope: 403 403",
    ]);
  });

  it("creates a new folder, with the options of init", async () => {
    const folder = makeFolder("options");
    await run(folder, ["npm", "create", "entra-gate", "orders", "--", "--yes", "--scope", "orders.read"], {
      npm_config_cache: fresh("npm"),
    });
    expect(readdirSync(folder)).toEqual(["orders"]);
    expect(readFileSync(path.join(folder, "orders/wrangler.jsonc"), "utf8")).toContain("orders.read");
  });
});

describe("other package managers", () => {
  const created = ["package.json", "src", "test", "wrangler.jsonc"];

  it("pnpm creates a project", async () => {
    const pnpm = path.join(directory, "pnpm-program");
    await install(pnpm, ["pnpm@10.34.8"]);
    const folder = makeFolder("pnpm");
    const env = {
      XDG_CACHE_HOME: fresh("pnpm"),
      XDG_DATA_HOME: fresh("pnpm-data"),
      XDG_STATE_HOME: fresh("pnpm-state"),
    };
    const args = ["create", "entra-gate", "orders", "--yes"];
    const output = await run(folder, [path.join(pnpm, "node_modules/.bin/pnpm"), ...args], env);
    expect(readdirSync(path.join(folder, "orders"))).toEqual(expect.arrayContaining(created));
    expect(output).toContain("pnpm install");
  });

  it("Bun creates a project", async () => {
    const folder = makeFolder("bun");
    const env = { BUN_INSTALL_CACHE_DIR: fresh("bun"), TMPDIR: makeFolder("bun-temporary") };
    const output = await run(folder, [bunCommand, "create", "entra-gate", "orders", "--yes"], env);
    expect(readdirSync(path.join(folder, "orders"))).toEqual(expect.arrayContaining(created));
    expect(output).toContain("bun install");
  });

  it("Deno creates a project", async () => {
    const folder = makeFolder("deno");
    const env = { DENO_DIR: fresh("deno") };
    // Deno waits a day for a new version.
    const options = ["--allow-all", "--minimum-dependency-age=0"];
    await run(folder, [denoCommand, "run", ...options, "npm:create-entra-gate", "orders", "--yes"], env);
    expect(readdirSync(path.join(folder, "orders"))).toEqual(expect.arrayContaining(created));
  });
});

describe("create-entra-gate", () => {
  const manifest = readJson(path.join(root, "create/package.json"));
  const beside = path.join(directory, "beside/node_modules");

  beforeAll(() => {
    cpSync(path.join(root, "create"), path.join(beside, "create-entra-gate"), { recursive: true });
    symlinkSync(path.join(inject("consumer"), "node_modules/entra-gate"), path.join(beside, "entra-gate"));
  });

  it("depends on this version of entra-gate alone", () => {
    expect([manifest.version, manifest.dependencies]).toEqual([version, { "entra-gate": version }]);
    expect(manifest).toMatchObject({
      homepage,
      bugs,
      repository: { ...repository, directory: "create" },
      private: true,
    });
  });

  it.each([
    [["my\u001b[31m.txt"], 'it has "my\\u001b[31m.txt"'],
    [["a", "b", "c", "d"], 'it has "a", "b", "c" and more'],
  ])("refuses a folder with %j, and changes nothing", (names, message) => {
    const folder = path.join(mkdtempSync(path.join(directory, "full-")), "orders");
    mkdirSync(folder);
    for (const name of names) writeFileSync(path.join(folder, name), "");
    const { status, stderr } = create(path.dirname(folder), ["orders", "--yes"]);
    expect([status, stderr]).toEqual([3, expect.stringContaining(`The folder "orders" is not empty: ${message}.`)]);
    expect(readdirSync(folder)).toEqual(names);
  });

  it("refuses a file, and a second folder", () => {
    const folder = makeFolder("faulty");
    writeFileSync(path.join(folder, "orders"), "");
    const { status, stderr } = create(folder, ["orders"]);
    expect([status, stderr]).toEqual([3, expect.stringContaining('The folder "orders" cannot be used (EEXIST).')]);
    const second = create(makeFolder("second"), ["--yes", "other"]);
    expect([second.status, second.stderr]).toEqual([3, expect.stringContaining("too many arguments")]);
  });

  it.each([
    ["the Node is too old", [], "entra-gate needs Node 22.18 or newer"],
    ["the command is refused", ["--yes", "--tenant", "x"], "--tenant"],
  ])("leaves nothing behind if %s", (_, args, said) => {
    const folder = makeFolder(`nothing-${args.length}`);
    const old =
      "import m from 'node:module'; if (!process.argv.includes('--yes')) { delete m.registerHooks; m.syncBuiltinESMExports(); }";
    const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(old)}` };
    const { status, stderr } = create(folder, ["new/orders", ...args], env);
    expect([status, stderr]).toEqual([3, expect.stringContaining(said)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  /** Runs the package beside an installed entra-gate. */
  function create(cwd: string, args: readonly string[], env = process.env) {
    return spawnSync(process.execPath, [path.join(beside, "create-entra-gate/create-entra-gate.js"), ...args], {
      cwd,
      env,
      encoding: "utf8",
    });
  }
});
