import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";
import { type Launcher, startLauncher } from "../support/launcher.ts";
import { readTrials, runTrial } from "../support/trials.ts";

const root = path.resolve(import.meta.dirname, "../..");
const examples = path.join(root, "examples");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-installed-"));
const bin = path.join(folder, "node_modules/.bin/entra-gate");
let launcher: Launcher | undefined;

/** Projects beside an installation of the package, with tools of this repository. */
beforeAll(() => {
  cpSync(path.join(inject("consumer"), "node_modules"), path.join(folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const name of ["wrangler", "@hono"]) {
    symlinkSync(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
  }
});
afterEach(async () => {
  await launcher?.stop();
  launcher = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Copies an example as a project, and starts `entra-gate dev` of the installed package in it. */
async function start(example: string): Promise<string> {
  const cwd = path.join(folder, example);
  cpSync(path.join(examples, example), cwd, { recursive: true });
  launcher = await startLauncher([], { cwd, command: [bin, "dev"] });
  return launcher.output();
}

/** Runs every printed line, as a user does in the folder of the project. */
async function runAll(output: string, example: string): Promise<readonly (readonly [title: string, status: number])[]> {
  const lines = [...output.matchAll(/^# (.+)\n(curl .+)$/gm)];
  const answers = [];
  for (const [, title = "", line = ""] of lines) {
    answers.push([title, await runTrial(line, path.join(folder, example))] as const);
  }
  return answers;
}

// start.test.ts has projects for Node and Deno.
it("runs a gate, its local Entra, a sample origin and the playground", async () => {
  const output = await start("gate");
  expect(readTrials(output).length).toBeGreaterThan(0);
  for (const { title, status, command } of readTrials(output)) {
    expect([title, await runTrial(command, folder)]).toEqual([title, status]);
  }
  const [, playground = ""] = /^Playground +(\S+)$/m.exec(output) ?? [];
  for (const [file, type] of [
    ["", "text/html; charset=utf-8"],
    ["reasons", "text/html; charset=utf-8"],
    ["style.css", "text/css"],
    ["script.js", "text/javascript"],
  ] as const) {
    const response = await fetch(playground + file);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(await response.text()).not.toMatch(/^interface |^import type/m);
  }
});

it("runs a Hono app", async () => {
  const output = await start("hono");
  expect(output).not.toContain("origin");
  expect(await runAll(output, "hono")).toEqual([
    ["GET /health: public", 200],
    ["GET /me: a user with scope access_as_user", 200],
    ["GET /me for a user with another scope: 403", 403],
    ["GET /orders: a user with scope orders.read", 200],
    ["GET /orders for a user with another scope: 403", 403],
  ]);
});
