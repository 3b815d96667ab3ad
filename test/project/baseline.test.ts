import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/explanation/security-evidence.md"), "utf8");

/** The requirements of levels 1 and 2 in version v2026.02.19: the number of those with each beginning. */
const baseline: Readonly<Record<string, readonly string[]>> = {
  AC: ["01.01", "02.01", "03.01", "03.02", "04.01"],
  BR: ["01.01", "01.03", "02.01", "03.01", "03.02", "04.01", "05.01", "06.01", "07.01"],
  DO: ["01.01", "02.01", "06.01", "07.01"],
  GV: ["01.01", "01.02", "02.01", "03.01", "03.02"],
  LE: ["01.01", "02.01", "02.02", "03.01", "03.02"],
  QA: ["01.01", "01.02", "02.01", "03.01", "04.01", "05.01", "05.02", "06.01"],
  SA: ["01.01", "02.01", "03.01"],
  VM: ["01.01", "02.01", "03.01", "04.01"],
};
const controls = Object.entries(baseline).flatMap(([family, numbers]) => numbers.map((each) => `${family}-${each}`));
/** The essential requirements of Annex I: of Part I, and of Part II. */
const essentials = [
  ["(1)", ..."abcdefghijklm".split("").map((letter) => `(2)(${letter})`)],
  ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
];

/** The tables of evidence, each with the cells of its rows. */
const tables = [...page.matchAll(/^\| evidence \|.*\n.*\n((?:\|.*\n)+)/gm)].map(([, rows = ""]) =>
  rows
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" | "))
    .map(([evidence = "", names = ""]) => ({ evidence, names: names.replace(" |", "").split(", ") })),
);

describe("the page of security evidence", () => {
  it("has each control and each requirement once", () => {
    const named = tables.map((rows) => rows.flatMap(({ names }) => names).sort());
    expect(named).toEqual([controls, ...essentials].map((names) => [...names].sort()));
  });

  it.each(tables.flat())("$evidence has a file in this repository, or says why not", ({ evidence }) => {
    const links = [...evidence.matchAll(/\]\(([^)#]+)/g)];
    expect(links.length > 0 || /not verifiable here|not met: /.test(evidence)).toBe(true);
  });
});

describe("the repository", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);

  it("tracks no file that nobody can read, but images", () => {
    const binary = files.filter((file) => {
      const place = path.join(root, file);
      return existsSync(place) && readFileSync(place).includes(0);
    });
    expect(files.length).toBeGreaterThan(1000);
    expect(binary.filter((file) => !/\.(?:png|ico)$/.test(file))).toEqual([]);
  });

  it("is reached by encrypted addresses alone", () => {
    const { homepage, bugs, repository } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    for (const url of [homepage, bugs, repository.url]) expect(url).toMatch(/^(?:git\+)?https:/);
  });
});
