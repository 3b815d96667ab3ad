import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { readSaved } from "../../../cli/dev/saves.ts";

const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-saves-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("a link that leads to itself or to nothing does not end the command", () => {
  for (const [target, name] of [
    ["loop", "loop"],
    ["absent", "dangling"],
    ["worker.ts/below", "wrong"],
  ] as const)
    symlinkSync(target, path.join(folder, name));
  writeFileSync(path.join(folder, "worker.ts"), "");
  const saved = readSaved([folder]);
  expect([...saved.keys()].map((file) => path.basename(file)).sort()).toEqual([
    "dangling",
    "loop",
    "worker.ts",
    "wrong",
  ]);
  expect(saved.get(path.join(folder, "worker.ts"))).toMatch(/^\d+(\.\d+)? 0$/);
});
