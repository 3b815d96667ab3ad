import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "SECURITY.md"), "utf8");

interface Proof {
  readonly promise: string;
  readonly file: string;
  readonly title: string;
}

/** Rows of the table of promises; a row without one belongs to the promise above it. */
function listProofs(): readonly Proof[] {
  const table = text.slice(text.indexOf("| promise |")).split("\n\n")[0] ?? "";
  let promise = "";
  return table
    .split("\n")
    .slice(2)
    .map((row) => {
      const [, first = "", file = "", title = ""] = row.split(" | ").length === 3 ? ["", ...row.split(" | ")] : [];
      promise = first.replace(/^\|\s*/, "") || promise;
      return { promise, file: file.replaceAll("`", ""), title: title.replace(/^`|` \|$/g, "") };
    });
}

/** Whether a test file contains a title as a whole string. */
function hasTitle({ file, title }: Pick<Proof, "file" | "title">): boolean {
  const place = path.join(root, file);
  if (!existsSync(place)) return false;
  const source = readFileSync(place, "utf8");
  return ['"', "'", "`"].some((quote) => source.includes(`${quote}${title}${quote}`));
}

describe("SECURITY.md", () => {
  const proofs = listProofs();

  it.each(proofs)("$promise: $file has $title", (proof) => {
    expect(proof.file).toMatch(/^test\/[a-z/-]+\.test\.ts$/);
    expect(hasTitle(proof)).toBe(true);
  });

  it("cannot name a missing test", () => {
    const [{ file, title } = { file: "", title: "" }] = proofs;
    expect(hasTitle({ file, title: title.slice(0, -1) })).toBe(false);
    expect(hasTitle({ file: "test/none.test.ts", title })).toBe(false);
  });

  it("names existing commands", () => {
    const scripts = [...text.matchAll(/node ((?:tools|lab)\/[a-z-]+\.ts)/g)].map(([, file]) => file!);
    expect(scripts.length).toBeGreaterThan(1);
    expect(scripts.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});

describe("the page of attacks on MCP and its facade", () => {
  const page = readFileSync(path.join(root, "docs/explanation/facade-attacks.md"), "utf8");
  const titles = [...page.matchAll(/\| `([^|]+)` \|$/gm)].map(([, title]) => title!);
  const files = [
    ...["mcp/facade", "mcp/messages/listing", "mcp/route", "mcp/sign-in/sign-in", "mcp/sign-in/documents"],
    ...["mcp/sign-in/redemption", "mcp/resource", "http/own-cookies", "worker/everywhere/mcp/hosts"],
    ...["worker/everywhere/mcp/own-callback", "worker/everywhere/mcp/gate-credential"],
  ].map((name) => `test/${name}.test.ts`);

  it.each(titles)("names an existing test: %s", (title) => {
    expect(files.filter((file) => hasTitle({ file, title }))).toHaveLength(1);
  });
});

describe("the list of hostile callers", () => {
  const callers: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(path.join(root, "test/vectors/hostile-callers.json"), "utf8"),
  );
  const sources = globSync("test/{worker,keys,config}/**/*.test.ts", { cwd: root })
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
