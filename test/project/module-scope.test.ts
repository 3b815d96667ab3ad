import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSources } from "../support/architecture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const watcher = path.join(root, "test/project/support/watch-module-scope.mjs");

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "entra-gate-module-scope-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** @returns what modules do while they are imported, as `file: function` */
function watch(files: readonly string[]): readonly string[] {
  const args = ["--disable-warning=ExperimentalWarning", watcher, ...files];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }));
}

describe("a module", () => {
  it("of src does no I/O, reads no clock and draws no random values until a function is called", () => {
    const files = readSources(root).map(({ file }) => file);
    expect(files).toContain("src/adapters/daloy.ts");
    expect(watch(files)).toEqual([]);
  });

  it.each([
    ["fetch", 'export const answer = fetch("data:,x");'],
    ["setTimeout", "setTimeout(() => {}, 0);"],
    ["log", 'console.log.call({}, "");'],
    ["random", "export const value = Math.random();"],
    ["randomUUID", "export class Kept { static readonly id: string = crypto.randomUUID(); }"],
    ["getRandomValues", "crypto.getRandomValues(new Uint8Array(1));"],
    ["generateKey", 'export const key = crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);'],
    ["now", "export const startedMs = Date.now();"],
    ["new Date", "export const started = new Date();"],
  ])("that calls %s is found", (name, code) => {
    const file = path.join(folder, `${name.replace(" ", "-")}.ts`);
    writeFileSync(file, code);
    expect(watch([file])).toContain(`${file}: ${name}`);
  });

  it("that calls them later is not found", () => {
    const file = path.join(folder, "later.ts");
    writeFileSync(file, "export const now = () => Date.now();\nexport const epoch = new Date(0);");
    expect(watch([file])).toEqual([]);
  });
});
