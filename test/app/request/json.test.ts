import { describe, expect, it } from "vitest";
import { originReading } from "../../../src/app/build/origin-reading.ts";
import { BadRequestError } from "../../../src/app/errors/errors.ts";
import { parseJson } from "../../../src/app/request/json.ts";
import type { FreeJson } from "../../../src/app/types/free-json.ts";

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
    expect(caught("[".repeat(1_024) + "]".repeat(1_024))).toEqual(fault("/0/0/0", "nested too deep"));
    expect(parse("[".repeat(100_000) + "]".repeat(100_000))).toThrow("The body is nested too deep.");
  });
});

describe("an unpaired surrogate for an origin", () => {
  const parseForOrigin = (text: string) => () => parseJson(text, { ...rules, forOrigin: originReading });

  it.each(['{"a":"\\ud83d"}', '{"\\uDC00":1}', '[{"a":["\\ud83d\\ud83d\\ude00"]}]'])("is refused: %s", (text) => {
    expect(parseForOrigin(text)).toThrow("The body has an unpaired surrogate.");
  });

  it.each(['{"a":"\\ud83d\\ude00"}', '{"a":"\\\\ud83d"}', '{"a":"\u{1f600}"}'])("is not found in %s", (text) => {
    expect(parseForOrigin(text)).not.toThrow();
  });
});

describe("a free part", () => {
  /** The member `free` of the body. */
  const free: FreeJson = {
    namesMaximum: 6,
    depthMaximum: 4,
    separate(body) {
      const { free: part, ...others } = body as { readonly free?: unknown };
      return { strict: { ...others, free: null }, free: [part] };
    },
  };
  const parseFree =
    (text: string, limits = rules) =>
    () =>
      parseJson(text, { ...limits, forOrigin: originReading, free });

  it.each([
    '{"a":1,"A":2}',
    '{"constructor":1}',
    '{"__proto__":{"prototype":2}}',
    '{"a\\u0000":1,"a":2}',
    '["\\ud83d"]',
    '{"\\ud83d":1}',
    "[[[[]]]]",
    "[1,2,3,4,5,6]",
  ])("can be %s, which is refused elsewhere", (text) => {
    expect(parseFree(`{"free":${text}}`)()).toEqual(JSON.parse(`{"free":${text}}`));
    expect(parseFree(`{"other":${text}}`)).toThrow(BadRequestError);
    expect(parseFree(`{"other":{"free":${text}}}`)).toThrow(BadRequestError);
  });

  it.each([
    '{"free":{"a":1,"a":2}}',
    '{"free":{"a":1,"\\u0061":2}}',
    '{"free":[{"b":{"a":1,"a":2}}]}',
    '{"free":1,"free":2}',
    '{"free":{},"other":{"a":1,"a":2}}',
  ])("does not allow a name twice: %s", (text) => {
    expect(parseFree(text)).toThrow("The body repeats a name.");
  });

  it("has limits of its own, unless those of the app are higher", () => {
    const wider = { jsonMaxKeys: 8, jsonMaxDepth: 5 };
    expect(parseFree('{"free":[[[[[]]]]]}')).toThrow("The body is nested too deep.");
    expect(parseFree('{"free":[[[[[]]]]]}', wider)).not.toThrow();
    expect(parseFree('{"free":[1,2,3,4,5,{"a":1}]}')).toThrow("The body has more than 6 names and array items.");
    expect(parseFree('{"free":[1,2,3,4,5,{"a":1}]}', wider)).not.toThrow();
    expect(parseFree('{"a":1,"b":2,"c":3,"d":4,"free":[1,2,3,4,5,6]}')).not.toThrow();
    expect(parseFree('{"a":1,"b":2,"c":3,"d":4,"e":5,"free":1}')).toThrow("more than 5 names");
  });

  it("cannot exhaust the stack, even if the app allows it to be that deep", () => {
    const text = (levels: number) => `{"free":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(parseFree(text(200_000))).toThrow("The body is nested too deep.");
    expect(parseFree(text(1_000))).toThrow("The body is nested too deep.");
    expect(parseFree(text(1_000), { jsonMaxKeys: 200_000, jsonMaxDepth: 1_000 })).not.toThrow();
  });
});
