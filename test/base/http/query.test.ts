import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readQuery } from "../../../src/base/http/path.ts";
import { parseQuery } from "../../../src/base/http/query.ts";
import { tries } from "../../support/property.ts";

describe("readQuery", () => {
  it.each([
    ["https://api/orders?limit=10", "?limit=10"],
    ["https://api/orders?", "?"],
    ["https://api/orders", ""],
    ["https://api/orders?a=1#?b=2", "?a=1"],
    ["https://api/orders#?b=2", ""],
    ["https://api/orders?a=1?b=2", "?a=1?b=2"],
  ])("of %s is %s", (url, query) => {
    expect(readQuery(url)).toBe(query);
  });
});

describe("parseQuery", () => {
  it("returns a list for a repeated name", () => {
    expect(parseQuery("?limit=10&tag=a&tag=b&tag=c")).toEqual({ limit: "10", tag: ["a", "b", "c"] });
    expect(parseQuery("?tag=a%20b&tag=")).toEqual({ tag: ["a b", ""] });
  });

  it("is empty for an empty query", () => {
    expect([parseQuery(""), parseQuery("?"), parseQuery("?&&")]).toEqual([{}, {}, {}]);
  });

  it.each(["?__proto__=1", "?a=1&constructor=2", "?prototype=3&b=%20", "?%5F_proto__=1"])(
    "refuses a name of %s",
    (query) => {
      expect(parseQuery(query)).toBeUndefined();
    },
  );

  it("reads every query as the platform does", () => {
    const piece = fc.constantFrom("a", "b", "Z", "0", "_", "-", ".", "~", "=", "&", "+", "%", "%41", "%ff", "é", "?");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const query = `?${pieces.join("")}`;
        const { searchParams } = new URL(`https://api/orders${query}`);
        const platform = Object.groupBy([...searchParams], ([name]) => name);
        const values = Object.entries(platform).map(([name, pairs = []]) => [name, pairs.map(([, value]) => value)]);
        const lists = Object.entries(parseQuery(query) ?? {}).map(([name, value]) => [name, [value].flat()]);
        expect(lists).toEqual(values);
      }),
      tries(5_000),
    );
  });
});
