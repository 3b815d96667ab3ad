import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { readPaths } from "../../../src/base/http/path-readings.ts";

const read = (path: string) => [...(readPaths(path) ?? [])].sort();

/**
 * Rows of Microsoft's tables (unicode.org, MAPPINGS/VENDORS/MICSFT/WindowsBestFit/bestfit<code page>.txt, WCTABLE):
 * some of each code page, and all about which code pages disagree.
 */
const bestFits: readonly (readonly [codePage: number, character: string, ascii: string])[] = [
  [874, "\u00ae", "R"],
  [932, "\u00a5", "/"],
  [932, "\u00f0", "d"],
  [932, "\u00e6", "a"],
  [936, "\u00f0", "e"],
  [936, "\u00ad", "-"],
  [949, "\u20a9", "/"],
  [949, "\u00a9", "c"],
  [950, "\u00d0", "D"],
  [950, "\u00fe", "t"],
  [1250, "\u00a5", "Y"],
  [1250, "\u00d8", "O"],
  [1250, "\u0142", "\u0142"],
  [1251, "\u00df", "s"],
  [1251, "\u2193", "v"],
  [1252, "\u0142", "l"],
  [1252, "\u0111", "d"],
  [1252, "\u2215", "/"],
  [1252, "\u2044", "/"],
  [1252, "\u2216", "/"],
  [1252, "\u221e", "8"],
  [1252, "\u2212", "-"],
  [1252, "\u0331", "_"],
  [1252, "\u0303", "~"],
  [1252, "\u2514", "+"],
  [1252, "\u03a3", "S"],
  [1252, "\u0106", "C"],
  [1253, "\u2514", "L"],
  [1254, "\u221f", "L"],
  [1256, "\u0665", "5"],
];

describe("a path with a character of a Windows code page", () => {
  it.each(bestFits)("%i reads %j as %j", (_, character, ascii) => {
    const wanted = `/x${ascii}y`.toLowerCase();
    expect(read(`/x${character}y`).map((path) => path.toLowerCase())).toContain(wanted);
  });

  it.each([
    [
      "letters, of which some keep their marks",
      "/\u0142\u00f3d\u017a",
      ["/\u0142odz", "/\u0142\u00f3d\u017a", "/lodz", "/l\u00f3d\u017a"],
    ],
    ["a letter that stands for two letters", "/\u00f0", ["/d", "/e", "/\u00f0"]],
    ["a sign that stands for a letter and a slash", "/a\u00a5b", ["/a/b", "/ayb", "/a\u00a5b"]],
    ["a slash after a slash", "/a/\u2215b", ["/a//b", "/a/b", "/a/\u2215b"]],
    ["one kind of slash and another", "/a\u2215b\u2044c", ["/a/b/c", "/a/b\u2044c", "/a\u2215b/c", "/a\u2215b\u2044c"]],
    ["an inverted question mark", "/a\u00bfb", ["/a", "/a?b", "/a\u00bfb"]],
    ["no character that stands for another", "/\u6771\u4eac", ["/\u6771\u4eac"]],
  ])("is read with %s", (_, path, readings) => {
    expect(read(path)).toEqual([...readings].sort());
  });
});

describe("the readings of a path", () => {
  it.each([
    ["omit the rest after a question mark", "/a?b", ["/a", "/a?b"]],
    ["omit the rest after each of several question marks", "/a?b?c", ["/a", "/a?b", "/a?b?c"]],
    ["omit the rest after the first number sign", "/a#b#c", ["/a", "/a#b#c"]],
    ["omit the rest after a number sign and after a question mark", "/a#b?c", ["/a", "/a#b", "/a#b?c"]],
    ["omit a segment of ASP.NET", "/(S(x))/a", ["/(S(x))/a", "/a"]],
    ["are the root if the path has only such a segment", "/(S(x))", ["/", "/(S(x))"]],
    ["have a slash at the start if such a segment was without one at its end", "/(S(x))a", ["/(S(x))a", "/a"]],
    ["omit a segment with several values", "/(A(x)F()Z(y(z))/a", ["/(A(x)F()Z(y(z))/a", "/a"]],
    ["omit a segment within a name", "/prot/(S(X))ected", ["/prot/(S(X))ected", "/protected"]],
    [
      "omit the first such segment, the last, and both",
      "/a/(S(x))/b/(F(y))/c",
      ["/a/(S(x))/b/(F(y))/c", "/a/(S(x))/b/c", "/a/b/(F(y))/c", "/a/b/c"],
    ],
    ["omit the segment or the rest after its question mark", "/a/(S(?))b", ["/a/(S(", "/a/(S(?))b", "/ab"]],
    [
      "omit an invisible character before such a segment",
      "/a/\u200d(S(x))b",
      ["/a/(S(x))b", "/a/\u200d(S(x))b", "/ab"],
    ],
    ["omit a space before such a segment", "/a/ (S(x))b", ["/a/ (S(x))b", "/a/(S(x))b", "/ab"]],
    ["keep other parentheses", "/(copy)/(SS(x))/(S(x)/(S)/a(S(x))", ["/(copy)/(SS(x))/(S(x)/(S)/a(S(x))"]],
    ["are the path itself if it has none of these", "/a/b.c", ["/a/b.c"]],
  ])("%s", (_, path, readings) => {
    expect(read(path)).toEqual([...readings].sort());
  });
});

describe("a path is ambiguous", () => {
  it.each([
    ["dot segments beside a character that stands for a slash", "/a/..\u2215b"],
    ["a dot segment with a combining mark", "/a/.\u0308./b"],
    ["a dot segment before a question mark", "/a/..?b"],
    ["an encoding with an Arabic percent sign", "/a\u066a2eb"],
  ])("if one of its readings is ambiguous: %s", (_, path) => {
    expect(readPaths(path)).toBeUndefined();
  });

  it("if it has too many readings", () => {
    const few = `/${"?".repeat(20)}`;
    expect(readPaths(few)?.size).toBe(21);
    expect(readPaths(`/${"/(S(x))".repeat(500)}`)).toBeUndefined();
    expect(readPaths(`/${"?".repeat(2_000)}`)).toBeUndefined();
  });

  it("if it is longer than the limit, unless it has only one reading", () => {
    const length = limits.pathReadingCharacters;
    expect(readPaths(`/\u6771${"a".repeat(length - 2)}`)?.size).toBe(1);
    expect(readPaths(`/\u6771${"a".repeat(length - 1)}`)).toBeUndefined();
    expect(readPaths(`/${"a".repeat(length)}`)?.size).toBe(1);
  });
});
