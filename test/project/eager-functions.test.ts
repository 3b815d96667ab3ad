import { decode, encode } from "@jridgewell/sourcemap-codec";
import { expect, it } from "vitest";
import { compileWithModule } from "../../tools/package/eager-functions.ts";

const code = `import "node:path";
import { sep } from "node:path";
// src/…/table.ts
const table = { add, later: [...count()], wait };
function add(number) {
	function one() {
		return 1;
	}
	return number + one();
}
function* count() {
	yield* [1, 2];
}
async function wait() {
	return sep;
}
class Untouched {}
export { table, Untouched };`;
const lines = code.split("\n");
const oneRowPerLine = encode(lines.map((_, line) => [[0, 0, line, 0]]));
const findFunctions = (...names: readonly string[]) =>
  new Set(names.map((name) => code.search(new RegExp(`(?:async )?function\\*? ${name}\\(`))));
const read = (offsets: ReadonlySet<number>) => compileWithModule({ code, mappings: oneRowPerLine }, offsets);

it("moves functions in parentheses behind the imports, with their lines of the source map", () => {
  const compiled = read(findFunctions("count", "wait"));
  const [imports, constants] = [lines.slice(0, 2), lines.slice(10, 16)];
  expect(compiled.code.split("\n")).toEqual([
    ...imports,
    "const count = (function* count() {",
    constants[1],
    "});",
    "const wait = (async function wait() {",
    constants[4],
    "});",
    ...lines.slice(2, 10),
    ...lines.slice(16),
  ]);
  const sourceLines = decode(compiled.mappings).map(([segment]) => segment?.[2]);
  expect(sourceLines).toEqual([0, 1, 10, 11, 12, 13, 14, 15, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17]);
});

it("gives code above a function the function itself", async () => {
  const compiled = read(findFunctions("add", "count", "wait"));
  const { table } = await import(`data:text/javascript,${encodeURIComponent(compiled.code)}`);
  expect(table.add(1)).toBe(2);
  expect(table.later).toEqual([1, 2]);
  await expect(table.wait()).resolves.toMatch(/[/\\]/);
  expect([table.add.name, table.wait.name]).toEqual(["add", "wait"]);
});

it("leaves what is no declaration of the module as it is", () => {
  const compiled = read(new Set([...findFunctions("one"), code.indexOf("class"), 0]));
  expect(compiled).toEqual({ code, mappings: oneRowPerLine });
});
