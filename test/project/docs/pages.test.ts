import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findLinkFault, readPages, root } from "../../support/docs/pages.ts";

const pages = readPages();
const pageByFile = new Map(pages.map((page) => [page.file, page]));
const exists = (file: string) => existsSync(path.join(root, file));
const docs = pages.filter(({ file }) => file.startsWith("docs/"));

describe("links", () => {
  it("lead to existing files and headings", () => {
    expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(150);
    const faults = pages.flatMap((page) => page.links.map((link) => findLinkFault(page, link, pageByFile, exists)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it("are reported if a file or a heading does not exist", () => {
    const [page] = pages;
    if (page === undefined) throw new Error("no page");
    expect(findLinkFault(page, "docs/none.md", pageByFile, exists)).toContain("leads to no file");
    expect(findLinkFault(page, "README.md#none", pageByFile, exists)).toContain("leads to no heading");
  });
});

it("programs of the repository that a page names exist", () => {
  const programs = pages.flatMap(({ text }) => [...text.matchAll(/\bnode ((?:lab|tools)\/[\w/-]+\.(?:ts|mjs))/g)]);
  expect(programs.length).toBeGreaterThan(20);
  expect(programs.map(([, file = ""]) => file).filter((file) => !exists(file))).toEqual([]);
});

describe("pages of docs", () => {
  it("are all in the index", () => {
    const index = pageByFile.get("docs/README.md");
    const listed = index?.links.map((link) => `docs/${link}`) ?? [];
    expect(docs.map(({ file }) => file).filter((file) => file !== "docs/README.md" && !listed.includes(file))).toEqual(
      [],
    );
  });

  it.each(docs.map(({ file, text }) => ({ file, text })))("$file names its readers and the next step", ({ text }) => {
    const [, , introduction = ""] = text.split("\n");
    expect(introduction).toMatch(/^This (?:page|tutorial|index) is for /);
    expect(text).toMatch(/^## Next\n/m);
  });
});

describe("the length of a page", () => {
  /** Pages that a program writes whole. */
  const whole = ["reasons", "entra-errors"].map((name) => `docs/reference/${name}.md`);
  /** What a program writes, and programs that a page shows. */
  const others = [/^<!-- (\w+) -->$[\s\S]*?^<!-- \/\1 -->$/gm, /^( *)```[\s\S]*?^\1```$/gm];

  it.each(docs.filter(({ file }) => !whole.includes(file)))("$file has at most 250 lines of its own", ({ text }) => {
    const own = others.reduce((rest, other) => rest.replaceAll(other, ""), text);
    expect(own.split("\n").length - 1).toBeLessThanOrEqual(250);
  });
});

describe("AGENTS.md", () => {
  it("fits on one screen of an editor", () => {
    const lines = pageByFile.get("AGENTS.md")?.text.trimEnd().split("\n") ?? [];
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});

describe("the reference", () => {
  const textOf = (file: string) => pageByFile.get(file)?.text ?? "";

  it("describes every event that the source logs", () => {
    const sources = globSync("src/**/*.ts", { cwd: root }).map((file) => readFileSync(path.join(root, file), "utf8"));
    const events = sources.flatMap((source) => [...source.matchAll(/\bevent: "(\w+)"/g)].map(([, event]) => event));
    expect(events.length).toBeGreaterThan(10);
    expect(events.filter((event) => !textOf("docs/reference/log.md").includes(`\`${event}\``))).toEqual([]);
  });

  it("has every header that the origin gets", () => {
    const sources = globSync("src/forwarding/*.ts", { cwd: root }).map((file) =>
      readFileSync(path.join(root, file), "utf8"),
    );
    const names = sources.flatMap((source) =>
      [...source.matchAll(/"(x-(?:ms-client|entra|forwarded)-[a-z-]+)"/g)].map(([, name = ""]) => name),
    );
    expect(new Set(names).size).toBeGreaterThan(10);
    const page = textOf("docs/reference/headers.md").toLowerCase();
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("has every reason that troubleshooting names", () => {
    const troubleshoot = textOf("docs/how-to/troubleshoot.md");
    const inLines = [...troubleshoot.matchAll(/"reason": "(\w+)"/g)].map(([, reason]) => reason);
    const inTables = [...troubleshoot.matchAll(/^\| (?:\d{3} \| )?`(\w+_\w+)`/gm)].map(([, reason]) => reason);
    expect(inTables.length).toBeGreaterThan(15);
    const missing = [...inLines, ...inTables].filter(
      (reason) => !textOf("docs/reference/reasons.md").includes(`## ${reason}\n`),
    );
    expect(missing).toEqual([]);
  });
});
