import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSource } from "../support/architecture.ts";
import { furtherTests, testedElsewhere } from "./support/mirror.ts";

const root = path.resolve(import.meta.dirname, "../..");
const list = (pattern: string) => globSync(pattern, { cwd: root }).map((file) => file.replaceAll(path.sep, "/"));
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const exists = (file: string) => existsSync(path.join(root, file));

/** A limit that a contributor can read before writing a test. */
const supportLinesMaximum = 5_000;
const sources = list("src/**/*.ts");
/** Folders of test without a folder in src: they test whole workers, programs or documents. */
const unmirrored = ["dev", "gates", "model", "package", "project", "properties", "support", "types", "worker"];
const mirrored = list("test/**/*.test.ts").filter((file) => !unmirrored.includes(file.split("/")[1] ?? ""));

const testOf = (source: string) => source.replace(/^src\/(.*)\.ts$/, "test/$1.test.ts");
const sourceOf = (test: string) => test.replace(/^test\/(.*)\.test\.ts$/, "src/$1.ts");
/** A statement that remains without types. */
const hasCode = (source: string) =>
  /^(?:export )?(?:default |async )?(?:const|let|function|class)\b|^export (?:\*|\{ (?!type)|default)/m.test(
    read(source),
  );

/** The line for a file: its own, or that of the nearest folder. */
function findLine(source: string) {
  const fitting = testedElsewhere.filter((line) => line.source === source || isFolderOf(line.source, source));
  return fitting.sort((one, other) => other.source.length - one.source.length)[0];
}

const isFolderOf = (folder: string, source: string) => folder.endsWith("/") && source.startsWith(folder);

/** Whether a test imports a file, directly or not. */
function loads(test: string, source: string): boolean {
  const seen = new Set([test]);
  for (const file of seen) {
    if (file === source) return true;
    for (const imported of readSource(file, read(file)).imports) {
      if (imported.endsWith(".ts") && exists(imported)) seen.add(imported);
    }
  }
  return false;
}

/** Tests of whole programs start what they test; others import it. */
const startsPrograms = (test: string) => /^test\/(?:cli|worker|project)\//.test(test);

describe("every file of src", () => {
  it("has a test with the same path, or a line that names its test", () => {
    const lost = sources.filter(
      (source) => hasCode(source) && !exists(testOf(source)) && findLine(source) === undefined,
    );
    expect(lost).toEqual([]);
  });

  it("has a line only if it has code and no test with the same path", () => {
    const needed = sources.filter((source) => hasCode(source) && !exists(testOf(source))).map(findLine);
    expect(testedElsewhere.filter((line) => !needed.includes(line)).map(({ source }) => source)).toEqual([]);
  });

  it("is loaded by the test that its line names", () => {
    const idle = sources.flatMap((source) => {
      const line = hasCode(source) && !exists(testOf(source)) ? findLine(source) : undefined;
      if (line === undefined || (exists(line.test) && (startsPrograms(line.test) || loads(line.test, source))))
        return [];
      return [`${line.test} does not load ${source}`];
    });
    expect(idle).toEqual([]);
  });
});

describe("every test without a source file of the same path", () => {
  it("has the name of the file that it tests, or a line that names the file", () => {
    expect(mirrored.filter((test) => !exists(sourceOf(test)) && furtherTests[test] === undefined)).toEqual([]);
  });

  it("has a line only if its name is not a file's, and the file exists", () => {
    const stale = Object.entries(furtherTests).filter(
      ([test, source]) => !exists(test) || exists(sourceOf(test)) || !exists(source),
    );
    expect(stale).toEqual([]);
  });

  it("loads the file that its line names", () => {
    const idle = Object.entries(furtherTests).filter(
      ([test, source]) => exists(test) && !startsPrograms(test) && !loads(test, source),
    );
    expect(idle).toEqual([]);
  });
});

it("test/support stays small: helpers of one folder belong into that folder", () => {
  const lines = list("test/support/**/*.*").map((file) => read(file).split("\n").length - 1);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(supportLinesMaximum);
});
