import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryFaults, examineEntries } from "./support/public-types.ts";

const root = path.resolve(import.meta.dirname, "../..");
const entries = ["src/index.ts", "src/adapters/hono.ts", "src/adapters/daloy.ts", "src/downstream/downstream.ts"];
const incomplete = `
interface Hidden { readonly a: 1 }
type Inferred = Hidden;
export interface Shown { readonly hidden?: Hidden }
/** Documented. */
export function make() { return { inferred: undefined as Inferred | undefined }; }
/** Documented. */
export class Kept { readonly #hidden: Hidden = { a: 1 }; read(): Shown { return { hidden: this.#hidden }; } }
`;

let folder: string;
let faults: ReadonlyMap<string, EntryFaults>;
const findFaults = (entry: string) => faults.get(path.resolve(root, entry));
const ofIndex = new Set(readFileSync(path.join(root, "src/index.ts"), "utf8").match(/\b[A-Z]\w+/g));

/** Plugins are for an App, so the main entry exports the types of an App that they refer to. */
function findFaultsOfPlugin(entry: string): EntryFaults | undefined {
  const found = findFaults(entry);
  const isOfIndex = (fault: string) => ofIndex.has(fault.replace(/^.* refers to /, ""));
  return found && { ...found, unexported: found.unexported.filter((fault) => !isOfIndex(fault)) };
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "entra-gate-incomplete-")));
  writeFileSync(path.join(folder, "incomplete.ts"), incomplete);
  faults = examineEntries([
    ...[...entries, "src/mcp/mcp.ts"].map((entry) => path.join(root, entry)),
    path.join(folder, "incomplete.ts"),
  ]);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the declarations of the package", () => {
  it.each(entries)("are complete: %s exports every type that it refers to, with a docstring", (entry) => {
    expect(findFaults(entry)).toEqual({ unexported: [], undocumented: [] });
  });

  it("are complete for src/mcp/mcp.ts too, together with those of the main entry", () => {
    expect(findFaultsOfPlugin("src/mcp/mcp.ts")).toEqual({ unexported: [], undocumented: [] });
  });

  it("are incomplete if a type is not exported, written or inferred, or has no docstring", () => {
    expect(findFaults(path.join(folder, "incomplete.ts"))).toEqual({
      unexported: ["Shown refers to Hidden", "make refers to Inferred"],
      undocumented: ["Shown"],
    });
  });
});
