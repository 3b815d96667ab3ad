import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { tryDev } from "../../tools/shapes/dev.ts";
import { copyShape, createRun, type Run, type Shape, shapes, tryShape } from "../../tools/shapes/shapes.ts";
import { denoCommand } from "../support/deno/command.ts";
import { startRegistry } from "../support/package/registry.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

const programs = [path.dirname(process.execPath), path.dirname(denoCommand)];

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-start-"));
  made.push(folder);
  return folder;
}

/** Copies a project that init protects then, as a user does with the installed package. */
async function copyProject(shape: Shape): Promise<{ readonly folder: string; readonly run: Run }> {
  const folder = makeFolder();
  const run = createRun(folder, programs);
  await copyShape(shape, folder, run);
  return { folder, run };
}

const command = () => [path.join(inject("consumer"), "node_modules/.bin/entra-gate")] as const;

/**
 * Starts the server of a project on any port, with the variables of its `.env`, and sends a request without a token.
 *
 * @returns the status, and the reason in the server's log
 */
async function askStarted(folder: string, [program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const port = { PORT: "0", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
  const PATH = [...programs, process.env.PATH].join(path.delimiter);
  // A group of its own, because the script is a child of npm.
  const child = spawn(program, args, { cwd: folder, detached: true, env: { ...process.env, ...port, PATH, ...env } });
  const ended = once(child, "close");
  const lines: string[] = [];
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        const [, found] = /Listening on (http:\/\/[\w.]+:\d+)/.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
  });
  const ready = await Promise.race([url, ended]);
  if (typeof ready !== "string") throw new Error(lines.join("\n"));
  const { status } = await fetch(ready);
  process.kill(-child.pid!, "SIGKILL");
  await ended;
  const [, reason] = /"reason":"(\w+)"/.exec(lines.join("\n")) ?? [];
  return { status, reason };
}

const refused = { status: 401, reason: "credential_missing" };
const starts = { node: ["npm", "start"], deno: ["deno", "task", "start"] } as const;

/** Lets Deno manage `node_modules`. */
function setAuto(folder: string): void {
  const file = path.join(folder, "deno.jsonc");
  writeFileSync(file, readFileSync(file, "utf8").replace("{", '{\n  "nodeModulesDir": "auto",'));
}

describe("a server that init protected", () => {
  it.each([
    ["Node", shapes["Node with @hono/node-server"]!, starts.node],
    ["Deno", shapes.Deno!, starts.deno],
  ])("passes its tests and doctor, and answers when it is started: %s", async (_name, shape, start) => {
    const { folder, run } = await copyProject(shape);
    const results = await tryShape(shape, command(), run);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const doctor = results.find(({ step }) => step === "doctor")?.output;
    for (const { path } of shape.requests)
      expect(doctor).toMatch(new RegExp(`GET ${path.replace(/7$/, ":id")}: a user with`));
    expect(await askStarted(folder, start)).toEqual(refused);
    const dev = await tryDev(shape, folder, programs);
    expect(dev).toEqual({ step: "dev", code: 0, output: expect.any(String) });
  });

  it("answers with nodeModulesDir auto, if the package is a file", async () => {
    const { folder, run } = await copyProject(shapes.Deno!);
    setAuto(folder);
    await run("git", "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--quiet", "-a", "-m", "Auto");
    expect((await run(command()[0], "init", "--yes")).code).toBe(0);
    expect((await run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund")).code).toBe(0);
    expect(await askStarted(folder, starts.deno)).toEqual(refused);
  });

  it("answers with nodeModulesDir auto, if the package comes from a registry", async () => {
    const { folder, run } = await copyProject(shapes.Deno!);
    expect((await run(command()[0], "init", "--yes")).code).toBe(0);
    setAuto(folder);
    const file = path.join(folder, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    manifest.dependencies["entra-gate"] = "*";
    writeFileSync(file, JSON.stringify(manifest));
    const registry = await startRegistry(makeFolder(), [inject("tarball")]);
    onTestFinished(() => registry.stop());
    const env = { DENO_DIR: makeFolder(), NPM_CONFIG_REGISTRY: registry.url };
    expect(await askStarted(folder, starts.deno, env)).toEqual(refused);
    const doctor = await run("npx", "--no", "entra-gate", "doctor", "--offline");
    expect(doctor).toEqual({ code: 1, output: expect.stringContaining("GET /: a user with scope access_as_user") });
  });
});
