import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { renderPromises } from "../../tools/generate/promises.ts";
import { listPromises } from "../../tools/generate/security-promises.ts";
import { readTaggedTests } from "../../tools/generate/tagged-tests.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "SECURITY.md"), "utf8");

/** A test with tags, in the middle of a source. */
const readTags = (code: string) => readTaggedTests("test/x.test.ts", code).map(({ title, tags }) => [title, ...tags]);

it("a promise needs a test, and a tag needs a promise", () => {
  const promises = ["a", "b"].map((id) => ({ id, words: "Words." }));
  const test = (...tags: readonly string[]) => ({ file: "test/x.test.ts", title: "x", tags });
  expect(renderPromises(promises, [test("a", "b")])).toContain("## `b`\n\n- `test/x.test.ts`\n  - `x`\n");
  expect(() => renderPromises(promises, [test("a")])).toThrow("no test has the tag b");
  expect(() => renderPromises(promises, [test("a", "b", "c")])).toThrow('"x" has the tag c');
  expect(() => renderPromises([...promises, ...promises], [test("a", "b")])).toThrow("the promise a twice");
});

it("each test of a promise has its own line, below the title of its groups", () => {
  const titles = ["x", "g > x", "g > x", "g", "g > y"];
  const tests = titles.map((title) => ({ file: "test/x.test.ts", title, tags: ["a"] }));
  const lines = [
    "- `test/x.test.ts`",
    "  - `x`",
    "  - `g`:",
    "    - `x`",
    "    - `x`",
    "  - `g`",
    "  - `g`:",
    "    - `y`",
  ];
  expect(renderPromises([{ id: "a", words: "Words." }], tests)).toContain(`${lines.join("\n")}\n`);
});

describe("the tags of a test", () => {
  it.each([
    ['it("x", { tags: "a" }, run);', ["x", "a"]],
    ['it("x", { timeout: 1, tags: ["a", "b"] }, run);', ["x", "a", "b"]],
    ['it.each([1])("x %s", { tags: "a" }, run);', ["x %s", "a"]],
    ["it.runIf(isIt).each([1])(`x`, { tags: 'a' }, run);", ["x", "a"]],
    ['describe.each([1])("x", () => test("y", { tags: "a" }, run));', ["x > y", "a"]],
    ['describe("x", { tags: "a" }, () => it("y", run));', ["x", "a"]],
    ['app.get("x", { tags: ["a"] }, run);', undefined],
  ])("are found in %s", (code, expected) => {
    expect(readTags(code)).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each([
    ['it("x", { tags: name }, run);', "must have its tags as text"],
    ['it("x", { tags: ["a", ...others] }, run);', "must have its tags as text"],
    ['it.skip("x", { tags: "a" }, run);', "is marked skip"],
    ['describe.skip("x", () => it("y", { tags: "a" }, run));', "is marked skip"],
    ['it.todo("x", { tags: "a" });', "is marked todo"],
    ['it.fails("x", { tags: "a" }, run);', "is marked fails"],
  ])("are a mistake in %s", (code, message) => {
    expect(() => readTags(code)).toThrow(message);
  });
});

describe("SECURITY.md", () => {
  it("names existing commands", () => {
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});

describe("the page of attacks on MCP and its facade", () => {
  const page = readFileSync(path.join(root, "docs/explanation/facade-attacks.md"), "utf8");
  const tables = page.split("\n\n").filter((block) => /\| promise \|\n/.test(block));
  const named = tables.flatMap((table) => [...table.matchAll(/\| (?:`([a-z-]+)`|none) \|$/gm)].map(([, id]) => id));

  it("names a promise for each attack, or none", () => {
    const rows = tables.flatMap((table) => table.split("\n").slice(2));
    expect(rows.length).toBeGreaterThan(60);
    expect(named).toHaveLength(rows.length);
    const ids = listPromises().map(({ id }) => id);
    expect(named.filter((id) => id !== undefined && !ids.includes(id))).toEqual([]);
  });
});

describe("the list of hostile callers", () => {
  const callers: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(path.join(root, "test/vectors/hostile-callers.json"), "utf8"),
  );
  const sources = globSync("test/{worker,core/keys,core/config}/**/*.test.ts", { cwd: root })
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");

  it.each(Object.entries(callers))("%s has a test that begins with this number: %s", (number) => {
    expect(new RegExp(`["'\`]${number}[ "]|^ +${number}: \\[`, "m").test(sources)).toBe(true);
  });

  it("has a row for every number in a title", () => {
    const numbers = new Set([...sources.matchAll(/["'`]([A-Z]\d\d) /g)].map(([, number]) => number!));
    expect([...numbers].filter((number) => !(number in callers))).toEqual([]);
  });
});
