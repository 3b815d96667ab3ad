import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findHeadings } from "../../cli/docs/headings.ts";
import { describePages, findParts, readPages as readOwnPages, readPart } from "../../cli/docs/pages.ts";
import { toSitePath } from "../../cli/docs/site-paths.ts";
import { linkOf } from "../../cli/explain/diagnose.ts";
import { reasonTexts } from "../../cli/explain/reasons.ts";
import type { Reason } from "../../src/base/common/denial.ts";
import { readPages, root } from "../support/docs/pages.ts";

const names = Object.keys(readOwnPages());
/** The anchors of each page that the command prints. */
const anchors = new Map(
  readPages()
    .map((page) => [toSitePath(page.file).replace(/\.md$/, ""), page.anchors] as const)
    .filter(([name]) => names.includes(name)),
);

function exists(target: string): boolean {
  const [name = "", anchor] = target.split("#");
  return anchors.has(name) && (anchor === undefined || anchors.get(name)!.has(anchor));
}

const sources = globSync(["src/**/*.ts", "cli/**/*.ts", "entra/**/*.ts", "create/**/*.js"], { cwd: root }).map(
  (file) => ({
    file,
    // A comment is for readers of the source, who have the files.
    code: readFileSync(path.join(root, file), "utf8").replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, ""),
  }),
);

describe("messages", () => {
  it("name pages and headings that the command prints", () => {
    const named = sources.flatMap(({ code }) =>
      [...code.matchAll(/npx entra-gate docs ([\w-]+\/[\w-]+(?:#[\w-]+)?)/g)].map(([, target = ""]) => target),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((target) => !exists(target))).toEqual([]);
  });

  it("name the part of each reason", () => {
    const parts = Object.keys(reasonTexts).map((reason) => linkOf({ reason: reason as Reason }));
    expect(parts.filter((part) => !exists(part))).toEqual([]);
  });

  it("lead to no address that does not exist, and to no file of the repository", () => {
    const places = /\bgit\.example\b|\bdocs\.entra-gate\.example\b|\bdocs\/[\w/-]+\.md/;
    expect(sources.filter(({ code }) => places.test(code)).map(({ file }) => file)).toEqual([]);
  });
});

describe("the pages of the command", () => {
  it("are those of the documentation for users, whose last names differ", () => {
    expect(names).toEqual(
      expect.arrayContaining(["about", "explanation/security", "how-to/deploy", "tutorials/first-hour"]),
    );
    expect(names).not.toContain("how-to/publish-the-package");
    const lastNames = names.map((name) => path.posix.basename(name));
    expect(lastNames.filter((name, index) => lastNames.indexOf(name) !== index)).toEqual([]);
  });

  it("lead to each other, and to addresses of the web", () => {
    const links = Object.values(readOwnPages()).flatMap((text) =>
      [...text.matchAll(/(?<!`[^`\n]*)\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    );
    const own = links.filter((link) => !/^(?:https?|mailto):/.test(link));
    expect(own.length).toBeGreaterThan(300);
    expect(own.filter((target) => !exists(target))).toEqual([]);
  });
});

describe("readPart", () => {
  it("reads one part of a page by its name, its file and its address", () => {
    const part = readPart("reasons#scope_missing");
    expect(part).toMatch(/^## scope_missing\n\n[^#]+\S$/);
    for (const target of ["reference/reasons#scope_missing", "docs/reference/reasons.md#scope_missing"]) {
      expect(readPart(target)).toBe(part);
    }
  });

  it("reads a part with the parts below it, and no other", () => {
    const headings = [...readPart("mcp").matchAll(/^#.+$/gm)].map(([heading]) => heading);
    const start = headings.findIndex(
      (heading, index) => /^## /.test(heading) && headings[index + 1]?.startsWith("###"),
    );
    const end = headings.findIndex((heading, index) => index > start && /^## /.test(heading));
    const [{ anchor = "" } = {}] = findHeadings([headings[start] ?? ""]);
    const read = [...readPart(`mcp#${anchor}`).matchAll(/^#.+$/gm)].map(([heading]) => heading);
    expect(read).toEqual(headings.slice(start, end));
    expect(read.length).toBeGreaterThan(1);
  });

  it.each([
    ["reasonz", '"reasonz" is not a page: npx entra-gate docs lists them'],
    ["reason", '"reason" is not a page: use one of reference/reasons'],
    ["../../package", '"../../package" is not a page'],
    ["constructor", '"constructor" is not a page'],
    ["reasons#none", 'reference/reasons has no part "none": use one of reference/reasons#'],
  ])("says what to use in place of %j", (target, message) => {
    expect(() => readPart(target)).toThrow(message);
  });
});

describe("findParts", () => {
  const targetsOf = (words: string) => findParts(words).match(/^\S+$/gm) ?? [];

  it("finds parts by words in any case and order, those with a word in the heading first", () => {
    expect(targetsOf("Scope_Missing")[0]).toBe("reference/reasons#scope_missing");
    expect(targetsOf("SKEW seconds")).toEqual(targetsOf("seconds skew"));
    for (const target of targetsOf("seconds skew")) {
      expect(readPart(target).toLowerCase()).toMatch(/skew[\s\S]*seconds|seconds[\s\S]*skew/);
    }
    expect(targetsOf("entra_clock_skew_seconds").join()).toContain("variables");
  });

  it("names only parts that exist, with a line that has a word", () => {
    for (const target of targetsOf("token")) expect(readPart(target).toLowerCase()).toContain("token");
    expect(targetsOf("token").length).toBe(20);
    expect(findParts("token")).toMatch(/^\d+ more: add a word\.$/m);
    expect(findParts("scope_missing")).toMatch(/^reference\/reasons#scope_missing\n {2}\S/);
  });

  it.each(["nowhereatall", "", " "])("says that it finds no %j", (words) => {
    expect(() => findParts(words)).toThrow(`no page has a part that contains ${JSON.stringify(words)}`);
  });
});

describe("findHeadings", () => {
  it("finds no heading in code", () => {
    const page = ["# A page", "```sh", "# a comment", "```", "## `f(x)`, twice"];
    expect(findHeadings(page)).toEqual([
      { anchor: "a-page", depth: 1, line: 0 },
      { anchor: "fx-twice", depth: 2, line: 4 },
    ]);
  });
});

describe("the list of pages", () => {
  it("has the title of each", () => {
    expect(describePages()).toMatch(/^reference\/reasons +Reason codes$/m);
  });
});
