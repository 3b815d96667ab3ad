import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { reportEntries, reportsFolder } from "../../tools/api/report.ts";

const committed = globSync("*.api.md", { cwd: reportsFolder }).sort();
let reports: ReadonlyMap<string, string>;

/** The installed package, outside node_modules: the extractor leaves out the types of files there. */
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-api-"));

beforeAll(() => {
  const modules = path.join(inject("consumer"), "node_modules");
  cpSync(path.join(modules, "entra-gate"), folder, { recursive: true });
  symlinkSync(modules, path.join(folder, "node_modules"));
  reports = reportEntries(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the reports of the public interface", () => {
  it("are those of all entries of the package", () => {
    expect(committed).toEqual([...reports.keys()].sort());
    expect(reports.get("entra-gate.api.md")).toContain("export function createGate(");
    expect(reports.get("entra-gate.api.md")).toContain("readonly ENTRA_TENANT_ID: ");
  });

  it.each(committed)("show what the package exports: %s", (file) => {
    const text = readFileSync(path.join(reportsFolder, file), "utf8");
    expect(reports.get(file), "run: node tools/write-api.ts").toBe(text);
  });
});
