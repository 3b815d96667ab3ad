import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { compileSnippets } from "../../support/docs/compile.ts";
import { readPages, root } from "../../support/docs/pages.ts";

const pages = readPages();
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

/** Code of all pages in one language, with the place of each. */
function listSnippets(language: string): readonly (readonly [string, string])[] {
  return pages.flatMap(({ file, snippets }) =>
    snippets
      .filter((snippet) => snippet.language === language)
      .map(({ code, line }) => [`${file}:${line}`, code] as const),
  );
}

describe("snippets", () => {
  it("in TypeScript compile", async () => {
    expect(listSnippets("ts").length).toBeGreaterThan(10);
    expect(await compileSnippets(pages)).toEqual([]);
  });

  it("in TypeScript are reported if they do not compile", async () => {
    const wrong = {
      language: "ts",
      line: 1,
      code: 'import { createGate } from "entra-gate";\ncreateGate({ routs: 1 });',
    };
    const [page] = pages;
    if (page === undefined) throw new Error("no page");
    expect(await compileSnippets([{ ...page, file: "wrong.md", snippets: [wrong] }])).toEqual([
      expect.stringMatching(/^wrong\.md:1.*routs/),
    ]);
  });

  it.each(listSnippets("toml"))("%s is TOML", (_place, code) => {
    expect(Object.keys(parse(code)).length).toBeGreaterThan(0);
  });

  it.each(listSnippets("json"))("%s is JSON", (_place, code) => {
    expect(JSON.parse(code)).toBeTypeOf("object");
  });

  it.each(listSnippets("sh"))("%s is a command of a shell that exists in this project", (_place, code) => {
    execFileSync("bash", ["-n"], { input: code });
    const named = [...code.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(listSnippets("sql"))("%s reads positions that the log writes", (_place, code) => {
    const log = pages.find(({ file }) => file === "docs/reference/log.md")?.text ?? "";
    const positions = [...code.matchAll(/\b(?:blob|double|index)\d+\b/g)].map(([position]) => position);
    expect(positions.length).toBeGreaterThan(0);
    expect(positions.filter((position) => !log.includes(`| \`${position}\` |`))).toEqual([]);
  });
});
