import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readApi } from "../../../cli/compile/authority.ts";
import { compileDocument } from "../../../cli/compile/document.ts";
import { corpusVariables } from "../../../tools/compile-corpus/documents.ts";
import { linesOf } from "../../../tools/compile-corpus/lines.ts";

interface Expectation {
  readonly public?: readonly string[];
  readonly originChecks?: readonly string[];
  readonly lines: readonly string[];
}

const documentsOf = (folder: string) => {
  const text = readFileSync(path.join(import.meta.dirname, folder, "expected.json"), "utf8");
  return Object.entries(JSON.parse(text) as Readonly<Record<string, Expectation>>);
};

describe.each(["corpus", "specification"])("test/cli/compile/%s:", (folder) => {
  it.each(documentsOf(folder))("%s", (name, { public: open = [], originChecks = [], lines }) => {
    const file = path.join(import.meta.dirname, folder, name);
    const api = readApi(corpusVariables);
    const choices = { api, open, originChecks, domains: new Map() };
    expect(linesOf(compileDocument(path.dirname(file), path.basename(file), choices))).toEqual(lines);
  });
});

it("compile-corpus refuses an unknown way, which would select no document", () => {
  const tool = path.join(import.meta.dirname, "../../../tools/compile-corpus.ts");
  const { status, stderr } = spawnSync(process.execPath, [tool, "--way", "secure"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringContaining('write --way "as it is" or --way "secured"')]);
});
