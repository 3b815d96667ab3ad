import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const args = ["--disable-warning=ExperimentalWarning", "tools/fuzz-json.mjs", "--minutes", "0.02"];

it("no text of a caller ends the process, whichever parser gets it", () => {
  const { status, signal, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  expect([status, signal]).toEqual([0, null]);
  expect(stdout).toContain(` texts on Node ${process.versions.node}`);
  const { answers } = JSON.parse(stdout.slice(0, stdout.lastIndexOf("}") + 1));
  expect(Object.keys(answers).filter((answer) => /: (?:5\d\d|TypeError)$/.test(answer))).toEqual([]);
});
