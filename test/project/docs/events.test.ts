import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** Every event that a program in src writes to the log. */
const events = globSync("src/**/*.ts", { cwd: root })
  .flatMap((file) => [...read(file).matchAll(/\bevent: ("[^"]+"(?: \| "[^"]+")*)/g)])
  .flatMap(([, names = ""]) => [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name));

describe("docs/reference/log.md", () => {
  it("lists every event, in snake_case, and no other", () => {
    const [, section = ""] = /^## Events\n([\s\S]+?)\n## /m.exec(read("docs/reference/log.md")) ?? [];
    const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
    expect(listed.filter((name) => !/^[a-z]+(?:_[a-z]+)*$/.test(name))).toEqual([]);
    expect([...listed].sort()).toEqual([...new Set(events)].sort());
  });

  it("has a level in every line", () => {
    const lines = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => [...read(file).matchAll(/\.log\(\{[^}]*/g)]);
    expect(lines.length).toBeGreaterThan(10);
    // The level of a decision is in a variable.
    const without = lines.map(([line]) => line).filter((line) => !/\blevel(?:: "(?:info|warn|error)")?,/.test(line));
    expect(without).toEqual([]);
  });
});
