import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findHeadings } from "../../cli/docs/headings.ts";
import { commandFor, describePages, findParts, listPageNames, readPart } from "../../cli/docs/pages.ts";
import { toSitePath } from "../../cli/docs/site-paths.ts";
import { linkOf } from "../../cli/explain/diagnose.ts";
import { reasonTexts } from "../../cli/explain/reasons.ts";
import type { Reason } from "../../src/common/denial.ts";
import { docsSite, linkToDocs } from "../../src/common/docs-site.ts";
import { readPages, root } from "../support/docs/pages.ts";

/** Addresses of the site, with the anchors of each page. */
const site = new Map(
  readPages().map(({ file, anchors }) => [linkToDocs(toSitePath(file).replace(/\.md$/, "")), anchors]),
);

function isOpen(address: string): boolean {
  const [page = "", anchor] = address.split("#");
  const anchors = site.get(page);
  return anchors !== undefined && (anchor === undefined || anchors.has(anchor));
}

const sources = globSync(["src/**/*.ts", "cli/**/*.ts", "entra/**/*.ts"], { cwd: root }).map((file) => ({
  file,
  // A comment is for readers of the source, who have the files.
  code: readFileSync(path.join(root, file), "utf8").replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, ""),
}));

describe("links in messages", () => {
  it("lead to existing pages and headings", () => {
    const links = sources.flatMap(({ code }) =>
      [...code.matchAll(/linkToDocs\("([\w/-]+\w)"(?:, "([\w-]+)")?\)/g)].map(([, page = "", anchor]) =>
        linkToDocs(page, anchor),
      ),
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !isOpen(link))).toEqual([]);
  });

  it("lead to the section of each reason", () => {
    const links = Object.keys(reasonTexts).map((reason) => linkOf({ reason: reason as Reason }));
    expect(links.filter((link) => !isOpen(link))).toEqual([]);
  });

  it("are reported if the page or the heading does not exist", () => {
    expect([linkToDocs("reference/none"), linkToDocs("reference/log", "none")].map(isOpen)).toEqual([false, false]);
  });

  it("have their base in one module, and name no file of the repository", () => {
    const named = sources.filter(({ code }) => code.includes(new URL(docsSite).host)).map(({ file }) => file);
    expect(named).toEqual(["src/common/docs-site.ts"]);
    const files = sources.filter(({ code }) => /\bdocs\/[\w/-]+\.md/.test(code));
    expect(files.map(({ file }) => file)).toEqual([]);
  });
});

describe("readPart", () => {
  it("reads one part of a page by its name, its file and its address", () => {
    const part = readPart("reasons#scope_missing");
    expect(part).toMatch(/^## scope_missing\n\n[^#]+\S$/);
    for (const target of ["reference/reasons#scope_missing", "docs/reference/reasons.md#scope_missing"]) {
      expect(readPart(target)).toBe(part);
    }
    expect(readPart(linkToDocs("reference/reasons", "scope_missing"))).toBe(part);
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

  it("makes every link of every page an address that exists", () => {
    const links = listPageNames().flatMap((name) =>
      [...readPart(name).matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target),
    );
    const own = links.filter((link) => link.startsWith(docsSite));
    expect(own.length).toBeGreaterThan(40);
    expect(own.filter((link) => !isOpen(link))).toEqual([]);
    expect(links.filter((link) => !link.startsWith("https://"))).toEqual([]);
  });

  it.each([
    ["reasonz", '"reasonz" is not a reference page: use one of assertions, cli, '],
    ["", '"" is not a reference page'],
    ["../../package", '"../../package" is not a reference page'],
    ["reasons#none", 'reasons has no part "none": use one of reasons#'],
    ["how-to/deploy#secrets", `the package carries only the reference pages: read ${docsSite}/how-to/deploy#secrets`],
  ])("says what to use in place of %j", (target, message) => {
    expect(() => readPart(target)).toThrow(message);
  });
});

describe("findParts", () => {
  const targetsOf = (words: string) => findParts(words).match(/^\S+$/gm) ?? [];

  it("finds parts by words in any case and order, those with a word in the heading first", () => {
    expect(targetsOf("Scope_Missing")[0]).toBe("reasons#scope_missing");
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
    expect(findParts("scope_missing")).toMatch(/^reasons#scope_missing\n {2}\S/);
  });

  it.each(["nowhereatall", "", " "])("says where else to search for %j", (words) => {
    expect(() => findParts(words)).toThrow(`search all pages at ${docsSite}`);
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

describe("the other texts", () => {
  it("list each page with its title", () => {
    expect(describePages()).toMatch(/^reasons +Reason codes$/m);
  });

  it("name the command that prints a part", () => {
    expect(commandFor(linkOf({ reason: "scope_missing" }))).toBe("npx entra-gate docs reasons#scope_missing");
    expect(commandFor("https://learn.microsoft.com/entra")).toBeUndefined();
    expect(commandFor(linkToDocs("how-to/deploy"))).toBeUndefined();
  });
});
