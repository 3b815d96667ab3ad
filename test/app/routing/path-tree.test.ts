import fc from "fast-check";
import { TrieRouter } from "hono/router/trie-router";
import { describe, expect, it } from "vitest";
import { PathTree } from "../../../src/app/routing/router.ts";
import { compareSpecificity, eraseNames } from "../../../src/app/types/path-pattern.ts";
import { tries } from "../../support/property.ts";

const segment = fc.constantFrom("a", "b", "c");
const pattern = fc
  .tuple(fc.array(fc.oneof(segment, fc.constantFrom(":p", ":q")), { maxLength: 4 }), fc.boolean())
  .map(([segments, isWildcard]) => `/${[...segments.map(rename), ...(isWildcard ? ["*"] : [])].join("/")}`);
const path = fc
  .array(fc.oneof(segment, fc.constantFrom("d", "")), { maxLength: 5 })
  .map((parts) => `/${parts.join("/")}`);

/** Gives each parameter its own name. */
function rename(name: string, index: number): string {
  return name.startsWith(":") ? `${name}${index}` : name;
}

it("finds the most specific path, as Hono's tree does with sorted paths", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 12 }), path, (declared, asked) => {
      const tree = new PathTree<string>();
      const trie = new TrieRouter<string>();
      const own = [...new Map(declared.map((each) => [eraseNames(each), each])).values()].sort(compareSpecificity);
      for (const each of own) {
        tree.add("GET", each, each);
        trie.add("GET", each, each);
      }
      const [[match] = []] = trie.match("GET", asked);
      expect(tree.find("GET", asked)).toBe(match?.[0]);
    }),
    tries(2_000),
  );
});

it("keeps the first of two values for the same requests, and knows the method", () => {
  const tree = new PathTree<string>();
  for (const value of ["first", "second"]) {
    for (const each of ["/a", "/:p", "/b/*"]) tree.add("GET", each, value);
  }
  expect(["/a", "/x", "/b/c"].map((each) => tree.find("GET", each))).toEqual(["first", "first", "first"]);
  expect([tree.find("POST", "/a"), tree.find("__proto__", "/a")]).toEqual([undefined, undefined]);
  expect([tree.findLiteral("GET", "/a"), tree.findLiteral("GET", "/x")]).toEqual(["first", undefined]);
});

describe("of all values that origins may find,", () => {
  const tree = new PathTree<string>();
  for (const each of ["/a", "/a/*", "/a/:p/b", "/a/x/*", "/Up/:p", "/:p/:q", "/a./c/:p"]) tree.add("GET", each, each);

  it.each([
    ["/a/7/c", ["/a/*"]],
    ["/a/7/B", ["/a/:p/b", "/a/*"]],
    ["/a/X/B", ["/a/x/*", "/a/:p/b", "/a/*"]],
    ["/a/x/B", ["/a/x/*"]],
    ["/a/7/", ["/a/*"]],
    ["/a/", ["/a", "/a/*"]],
    ["/A", ["/a", "/a/*", undefined]],
    ["/Up/7", ["/Up/:p"]],
    ["/up/7", ["/Up/:p", "/:p/:q"]],
    ["/a./c/7", ["/a./c/:p", "/a/*"]],
    ["/A./c/7", ["/a./c/:p", "/a/*", undefined]],
    ["/b", [undefined]],
    ["/b/", [undefined]],
    ["/", [undefined]],
  ])("those for %s are %j", (path, values) => {
    expect(new Set(tree.findAll("GET", path))).toEqual(new Set(values));
  });

  it.each([
    ["/b/", ["/:p/:q", undefined]],
    ["/up/", ["/Up/:p", "/:p/:q", undefined]],
    ["/a/7/", ["/a/*"]],
    ["/b", [undefined]],
  ])("those for %s are %j if a parameter may be empty", (path, values) => {
    expect(new Set(tree.findAll("GET", path, true))).toEqual(new Set(values));
  });

  it("there is none for another method", () => {
    expect([...tree.findAll("POST", "/a")]).toEqual([undefined]);
  });
});
