import { describe, expect, it } from "vitest";
import { parseJson } from "../../../src/app/contract/json.ts";
import { originReading } from "../../../src/app/contract/origin-reading.ts";

const rules = { jsonMaxKeys: 5, jsonMaxDepth: 3 };
const parse = (text: string) => () => parseJson(text, rules);
const fault = (path: string, message: string) =>
  expect.objectContaining({
    status: 400,
    problem: expect.objectContaining({ detail: "Invalid body", errors: [{ path, message }] }),
  });
const caught = (text: string): unknown => {
  try {
    return parseJson(text, rules);
  } catch (error) {
    return error;
  }
};

describe("JSON", () => {
  it.each(['{"a":1}', "[1,[2,[3]]]", '"a"', "7", "null", "true", '{"a":{"b":{"c":1}}}', '{"a:b":"c:d","e":":"}'])(
    "is accepted: %s",
    (text) => {
      expect(parseJson(text, rules)).toEqual(JSON.parse(text));
    },
  );

  it.each(["", "{", "{a:1}", "[1,]", "NaN", "'a'", "{} {}", "\ufeff1"])("is refused if it is invalid: %s", (text) => {
    expect(parse(text)).toThrow("The body is not JSON.");
  });

  it.each([
    ['{"__proto__":{"admin":true}}', "/__proto__"],
    ['{"\\u005f_proto__":1}', "/__proto__"],
    ['{"a":[{"constructor":{"prototype":1}}]}', "/a/0/constructor"],
    ['[{"prototype":null}]', "/0/prototype"],
    ['{"a":null,"c":{"d":[2]},"constructor":1}', "/constructor"],
  ])("is refused if it reaches prototypes: %s", (text, path) => {
    expect(caught(text)).toEqual(fault(path, "is not an allowed name"));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":1}', '[{"x":{"b":1,"b":1}}]'])(
    "is refused if two parsers could read different values: %s",
    (text) => {
      expect(parse(text)).toThrow("The body repeats a name.");
    },
  );

  it.each(['{"a":1,"A":2}', '[{"x":{"\u212aey":1,"key":1}}]', '{"role":1,"ro\u017fe":2,"ROSE":3}'])(
    "is refused for an origin if a parser that ignores letter case could read different values: %s",
    (text) => {
      expect(() => parseJson(text, { ...rules, forOrigin: originReading })).toThrow("The body repeats a name.");
      expect(parse(text)).not.toThrow();
    },
  );

  it("is refused one name or item past the limit", () => {
    const names = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, i])));
    expect(parse(names(5))).not.toThrow();
    const excess = "The body has more than 5 names and array items.";
    expect(parse(names(6))).toThrow(excess);
    expect(parse("[1,2,3,4,5]")).not.toThrow();
    expect(parse("[1,2,3,4,5,6]")).toThrow(excess);
    expect(parse('{"a":[1,2],"b":[3]}')).not.toThrow();
    expect(parse('{"a":[1,2],"b":[3,4]}')).toThrow(excess);
    expect(parse("[[1,2],[3,4]]")).toThrow(excess);
  });

  it.each([
    ["[[[[]]]]", "/0/0/0"],
    ['{"a":{"b":{"c/d":{}}}}', "/a/b/c~1d"],
  ])("is refused one level past the limit: %s", (text, path) => {
    expect(caught(text)).toEqual(fault(path, "nested too deep"));
  });

  it("cannot exhaust the stack", () => {
    expect(caught("[".repeat(100_000) + "]".repeat(100_000))).toEqual(fault("/0/0/0", "nested too deep"));
  });
});
