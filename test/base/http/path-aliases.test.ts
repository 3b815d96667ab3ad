import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { hasAliases } from "../../../src/base/http/path.ts";
import { readAliases } from "../../../src/base/http/path-aliases.ts";

const aliasesOf = (path: string) => readAliases(new Set([path]))?.map(({ path: alias, kind }) => `${alias} ${kind}`);

describe("aliases of a path", () => {
  it.each([
    ["/report.php/x/y", ["/report.php file", "/x/y folder"]],
    ["/cgi-bin/report/x", ["/cgi-bin/report file"]],
    ["/a.txt/b.txt/c", ["/a.txt file", "/a.txt/b.txt file"]],
    ["/cgi-bin. /report/x", ["/cgi-bin. /report file"]],
    ["/admin/index.html", ["/admin folder"]],
    ["/admin/ index.html", ["/admin folder"]],
    ["/index.html", ["/ folder"]],
    ["/secret&a", ["/secret parameter"]],
    ["/x&url=/a&b=c", ["/x parameter", "/a parameter", "/c parameter"]],
    ["/v1.0/orders/7", []],
    ["/.well-known/x", []],
    ["/orders/report.pdf", []],
  ])("are read from %s", (path, aliases) => {
    expect(aliasesOf(path)).toEqual(aliases);
    expect(hasAliases(path)).toBe(aliases.length > 0);
  });

  it.each(["/files/..&a", "/files/x&url=../admin", "/files/x&url=::$DATA", "/files/ &a"])(
    "are refused if one is ambiguous: %s",
    (path) => expect(aliasesOf(path)).toBeUndefined(),
  );

  it("are counted also if they are equal", () => {
    // Each removes another one of the equal segments.
    expect(aliasesOf(`${"/.pl".repeat(2_040)}/x&`)).toBeUndefined();
  });

  it("are refused above the limit that they share with the path's readings", () => {
    expect(aliasesOf("/a.b".repeat(20))).toHaveLength(19);
    expect(aliasesOf("/a.b".repeat(40))).toBeUndefined();
    expect(readAliases(new Set(["/a.b/c", "/x".repeat(limits.pathReadingCharacters / 2)]))).toBeUndefined();
  });
});
