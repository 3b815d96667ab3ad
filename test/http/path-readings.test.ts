import { describe, expect, it } from "vitest";
import { readPaths } from "../../src/http/path-readings.ts";
import * as limits from "../../src/limits.ts";

const read = (path: string) => [...(readPaths(path) ?? [])].sort();

/**
 * What one of Microsoft's tables says (unicode.org, MAPPINGS/VENDORS/MICSFT/WindowsBestFit/bestfit<code page>.txt, WCTABLE):
 * of each code page some rows, and all those in which code pages disagree about a letter.
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
      "letters, some with marks alone",
      "/\u0142\u00f3d\u017a",
      ["/\u0142odz", "/\u0142\u00f3d\u017a", "/lodz", "/l\u00f3d\u017a"],
    ],
    ["a letter that is two", "/\u00f0", ["/d", "/e", "/\u00f0"]],
    ["a sign that is a letter and a slash", "/a\u00a5b", ["/a/b", "/ayb", "/a\u00a5b"]],
    ["a slash after a slash", "/a/\u2215b", ["/a//b", "/a/b", "/a/\u2215b"]],
    ["one kind of slash and another", "/a\u2215b\u2044c", ["/a/b/c", "/a/b\u2044c", "/a\u2215b/c", "/a\u2215b\u2044c"]],
    ["an inverted question mark", "/a\u00bfb", ["/a", "/a?b", "/a\u00bfb"]],
    ["none that is another", "/\u6771\u4eac", ["/\u6771\u4eac"]],
  ])("is read with %s", (_, path, readings) => {
    expect(read(path)).toEqual([...readings].sort());
  });
});

describe("a path with", () => {
  it.each([
    ["a question mark is read without it", "/a?b", ["/a", "/a?b"]],
    ["question marks, without each", "/a?b?c", ["/a", "/a?b", "/a?b?c"]],
    ["a number sign, without it", "/a#b#c", ["/a", "/a#b#c"]],
    ["both, without each", "/a#b?c", ["/a", "/a#b", "/a#b?c"]],
    ["what ASP.NET keeps there, without it", "/(S(x))/a", ["/(S(x))/a", "/a"]],
    ["nothing else, as the root", "/(S(x))", ["", "/(S(x))"]],
    ["several values, without them", "/(A(x)F()Z(y(z))/a", ["/(A(x)F()Z(y(z))/a", "/a"]],
    ["values within a name, without them", "/prot/(S(X))ected", ["/prot/(S(X))ected", "/protected"]],
    [
      "such segments, without the first, the last and both",
      "/a/(S(x))/b/(F(y))/c",
      ["/a/(S(x))/b/(F(y))/c", "/a/(S(x))/b/c", "/a/b/(F(y))/c", "/a/b/c"],
    ],
    ["a question mark in such a segment, in every order", "/a/(S(?))b", ["/a/(S(", "/a/(S(?))b", "/ab"]],
    [
      "an invisible character before such a segment, without both",
      "/a/\u200d(S(x))b",
      ["/a/(S(x))b", "/a/\u200d(S(x))b", "/ab"],
    ],
    ["a space before such a segment, without both", "/a/ (S(x))b", ["/a/ (S(x))b", "/a/(S(x))b", "/ab"]],
    ["other parentheses, as it is", "/(copy)/(SS(x))/(S(x)/(S)/a(S(x))", ["/(copy)/(SS(x))/(S(x)/(S)/a(S(x))"]],
    ["nothing of that, as it is", "/a/b.c", ["/a/b.c"]],
  ])("%s", (_, path, readings) => {
    expect(read(path)).toEqual([...readings].sort());
  });
});

describe("a path has no readings", () => {
  it.each([
    ["dot segments between what may be slashes", "/a/..\u2215b"],
    ["a dot segment behind a mark", "/a/.\u0308./b"],
    ["a dot segment before a question mark", "/a/..?b"],
    ["an encoding with an Arabic per cent sign", "/a\u066a2eb"],
  ])("if one of them is ambiguous: %s", (_, path) => {
    expect(readPaths(path)).toBeUndefined();
  });

  it("if there are too many", () => {
    const few = `/${"?".repeat(20)}`;
    expect(readPaths(few)?.size).toBe(21);
    expect(readPaths(`/${"/(S(x))".repeat(500)}`)).toBeUndefined();
    expect(readPaths(`/${"?".repeat(2_000)}`)).toBeUndefined();
  });

  it("if it is longer than the bound for all of them, unless no origin reads another path", () => {
    const length = limits.pathReadingCharacters;
    expect(readPaths(`/\u6771${"a".repeat(length - 2)}`)?.size).toBe(1);
    expect(readPaths(`/\u6771${"a".repeat(length - 1)}`)).toBeUndefined();
    expect(readPaths(`/${"a".repeat(length)}`)?.size).toBe(1);
  });
});
