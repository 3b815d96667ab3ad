import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryFaults, examineEntries } from "./support/public-types.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly types: string } | string>>;
};
const sources = Object.values(exports).flatMap((target) =>
  typeof target === "object" ? findSource(target.types) : [],
);
const ofPlugins = "src/extensions/mcp/mcp.ts";
const entries = sources.filter((entry) => entry !== ofPlugins);
const incomplete = `
interface Hidden {
  /** Documented. */
  readonly a: 1;
}
/** Documented. */
type Inferred = Hidden;
export interface Shown {
  readonly hidden?: Hidden;
  /** Documented. */
  readonly nested?: { readonly b: 2 };
}
/** Documented. */
export function make() {
  return {
    inferred: undefined as Inferred | undefined,
  };
}
/** Documented. */
export class Kept {
  readonly #hidden: Hidden = { a: 1 };
  /** @param hidden has no text before this tag */
  constructor(hidden: Hidden) { this.#hidden = hidden; }
  read(): Shown { return { hidden: this.#hidden }; }
  /** Documented. */
  get own(): Hidden { return this.#hidden; }
}
/** Documented. */
export function load(from: string): void;
export function load(from: number): void;
export function load() {}
interface Table {
  /** Documented. */
  readonly known: 5;
  readonly unknown: 6;
}
type ValuesOf<T> = { readonly [Name in keyof T]?: T[Name] };
/** Documented. */
export interface Derived extends ValuesOf<Table> {}
/** Documented. */
export type Copied = Partial<Shown>;
/** Documented. */
export type Chosen<T> = T extends { readonly tested: 3 } ? { readonly chosen: 4 } : never;
`;

/** Where a file of declarations in the package comes from. */
function findSource(declarations: string): string {
  const name = declarations.replace(/^\.\/dist\//, "").replace(/\.d\.ts$/, ".ts");
  return name.startsWith("entra/") ? name : `src/${name}`;
}

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
  faults = examineEntries([...sources.map((entry) => path.join(root, entry)), path.join(folder, "incomplete.ts")]);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the declarations of the package", () => {
  it("are those of all entries of the package", () => {
    expect(sources).toContain("src/index.ts");
    expect(sources).toContain("entra/testing.ts");
    expect(sources).toHaveLength(9);
  });

  it.each(entries)("are complete: %s exports every type that it refers to, and every name has a text", (entry) => {
    expect(findFaults(entry)).toEqual({ unexported: [], undocumented: [] });
  });

  it(`are complete for ${ofPlugins} too, together with those of the main entry`, () => {
    expect(findFaultsOfPlugin(ofPlugins)).toEqual({ unexported: [], undocumented: [] });
  });

  it("are incomplete if a type is not exported, written or inferred, or a name has no text", () => {
    expect(findFaults(path.join(folder, "incomplete.ts"))).toEqual({
      unexported: ["Kept refers to Hidden", "Shown refers to Hidden", "make refers to Inferred"],
      undocumented: [
        "Chosen.chosen",
        "Copied, copied members of Shown",
        "Derived.unknown",
        "Kept.read",
        "Shown",
        "Shown.hidden",
        "Shown.nested.b",
        "load",
        "make.inferred",
        "new Kept",
      ],
    });
  });
});
