import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { renderPromises } from "../../tools/generate/promises.ts";
import { readTaggedTests } from "../../tools/generate/tagged-tests.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "SECURITY.md"), "utf8");

/** A test with tags, in the middle of a source. */
const readTags = (code: string) => readTaggedTests("test/x.test.ts", code).map(({ title, tags }) => [title, ...tags]);

it("a promise needs a test, and a tag needs a promise", () => {
  const table = (...ids: readonly string[]) =>
    ["| ID | promise | tests |", "|---|---|---|", ...ids.map((id) => `| \`${id}\` | Words. | |`), ""].join("\n");
  const test = (...tags: readonly string[]) => ({ file: "test/x/y.test.ts", title: "x", tags });
  const rendered = renderPromises(table("a", "b"), [test("a", "b"), test("b")]);
  expect(rendered).toContain("\n| `a` | Words. | [x/y](../../test/x/y.test.ts) |\n");
  expect(rendered).toContain("\n| `b` | Words. | [x/y](../../test/x/y.test.ts) ×2 |\n");
  expect(renderPromises(rendered, [test("b"), test("a")])).toBe(
    renderPromises(table("a", "b"), [test("a"), test("b")]),
  );
  expect(() => renderPromises(table("a", "b"), [test("a")])).toThrow("no test has the tag b");
  expect(() => renderPromises(table("a", "b"), [test("a", "b", "c")])).toThrow('"x" has the tag c');
  expect(() => renderPromises(table("a", "a"), [test("a")])).toThrow("the promise a twice");
  expect(() => renderPromises(table("A"), [test("A")])).toThrow("a promise is written as");
});

describe("the tags of a test", () => {
  it.each([
    ['it("x", { tags: "a" }, run);', ["x", "a"]],
    ['it("x", { timeout: 1, tags: ["a", "b"] }, run);', ["x", "a", "b"]],
    ['it.each([1])("x %s", { tags: "a" }, run);', ["x %s", "a"]],
    ["it.runIf(isIt).each([1])(`x`, { tags: 'a' }, run);", ["x", "a"]],
    ['describe.each([1])("x", () => test("y", { tags: "a" }, run));', ["y", "a"]],
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
