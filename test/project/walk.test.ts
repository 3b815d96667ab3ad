import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

it.each([
  ["known", 15],
  ["new", 26],
  ["forward", 22],
])("a request with a %s token passes through at most %i files of src", (kind, maximum) => {
  const output = execFileSync(process.execPath, ["scripts/walk.mjs", kind], { cwd: root, encoding: "utf8" });
  const files = output.trim().split("\n").slice(0, -1);
  expect(files).toContain("guard/guard.ts");
  expect(files.length).toBeLessThanOrEqual(maximum);
});
