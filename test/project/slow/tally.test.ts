import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-tally-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("names what failed: a test, and a hook whose tests are skipped", () => {
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  const sample = `import { beforeAll, describe, expect, it } from "vitest";
    it("passes", () => expect(1).toBe(1));
    it("fails", () => { throw new Error("no"); });
    describe("suite", () => { beforeAll(() => { throw new Error("broken"); }); it("waits", () => {}); });`;
  writeFileSync(path.join(folder, "sample.test.js"), sample);
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter", path.join(root, "tools/tally.ts")];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const lines = [
    "skipped: suite > waits",
    "failed: sample.test.js > suite: broken",
    "failed: sample.test.js > fails: no",
  ];
  expect([stdout.trim().split("\n"), status]).toEqual([[...lines, "1 passed, 2 failed, 1 skipped"], 1]);
});
