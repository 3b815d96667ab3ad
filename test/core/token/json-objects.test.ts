import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { parseJsonObject } from "../../../src/core/token/decode.ts";

const parse = (text: string) => parseJsonObject(new TextEncoder().encode(text));
const parseBytes = (...bytes: number[]) => parseJsonObject(new Uint8Array(bytes));

describe("parseJsonObject", () => {
  it.each([
    "{}",
    ' \t\r\n{ "a" : 1 }\n ',
    '{"a":{"b":[{"c":null}]},"d":[[],{}]}',
    '{"a":"\\"b\\":","c":"\\\\"}',
    '{"a\\"b":1,"a\\\\":2,"a":3}',
    '{"text":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}',
    '{"a":":","b":"\\":"}',
    '{"":1}',
    '{"\u00e4":"\ud83d\ude00"}',
    '{"a":"\\ud800"}',
  ])("reads %s as JSON.parse does", (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    "",
    "null",
    "true",
    "1",
    '"text"',
    "[]",
    '[{"a":1}]',
    "{",
    '{"a":1',
    "{'a':1}",
    '{"a":1,}',
    '{"a":NaN}',
    '{"a":01}',
    "{}{}",
    "{} x",
    '{"a":1}\0',
    "// comment\n{}",
  ])("refuses %j, which is not a JSON object", (text) => {
    expect(parse(text)).toBeUndefined();
  });
});

describe("names", () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"\\u0061":2}',
    '{"\\u0061lg":"none","alg":"RS256"}',
    '{"tid":1,"t\\u0069d":2}',
    '{"a" :1,"a"\n\t:2}',
    '{"":1,"":2}',
    '{"a\\"b":1,"a\\u0022b":2}',
    '{"a\\\\":1,"a\\u005c":2}',
    '{"a/b":1,"a\\/b":2}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1},{"b":1,"b":2}]}',
    '{"a":[[[{"b":1,"b":2}]]]}',
    '{"a":{"x":1},"a":{"x":1}}',
    '{"a":{"b":{}},"a":{"b":{}}}',
    '{"a":{"b":1},"a":1}',
    '{"a":1,"a":{"b":1}}',
    '{"1":1,"1":2}',
    '{"__proto__":{},"__proto__":{}}',
    '{"a":"\\\\","a":1}',
    '{"a":"\\\\\\"","a":1}',
    '{"a":":","a":"\\":"}',
  ])("must be unique in an object: %s is refused", (text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(parse(text)).toBeUndefined();
  });

  it("differ if their letter case differs", () => {
    expect(parse('{"a":1,"A":2}')).toEqual({ a: 1, A: 2 });
  });

  it("may be those of Object's own members, without changing any prototype", () => {
    const parsed = parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}');
    expect(Object.keys(parsed ?? {})).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed?.admin).toBeUndefined();
    expect("admin" in {}).toBe(false);
  });
});

describe("depth", () => {
  const nested = (levels: number, open: string, close: string) =>
    `{"a":${open.repeat(levels - 1)}${close.repeat(levels - 1)}}`;

  it.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("is limited, for %s", (_, open, close) => {
    const inner = open === "[" ? "" : "1";
    const text = (levels: number) => nested(levels, open, close).replace(open + close, `${open}${inner}${close}`);
    expect(parse(text(limits.tokenJsonDepth))).toBeDefined();
    expect(parse(text(limits.tokenJsonDepth + 1))).toBeUndefined();
  });

  it("is limited even for the longest text", () => {
    const half = limits.tokenBytes / 2;
    expect(parse(`{"a":${"[".repeat(half)}${"]".repeat(half)}}`)).toBeUndefined();
  });
});

describe("bytes", () => {
  const [open, close] = [0x7b, 0x7d];

  it.each([
    ["UTF-8", [0xef, 0xbb, 0xbf, open, close]],
    ["UTF-16, big-endian", [0xfe, 0xff, 0, open, 0, close]],
    ["UTF-16, little-endian", [0xff, 0xfe, open, 0, close, 0]],
  ])("must not begin with a byte order mark of %s", (_, bytes) => {
    expect(parseBytes(...bytes)).toBeUndefined();
  });

  const inString = (...bytes: number[]) => [open, 0x22, 0x61, 0x22, 0x3a, 0x22, ...bytes, 0x22, close];

  it.each([
    ["a lone continuation", [0x80]],
    ["a truncated sequence", [0xc3]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["a number above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a byte that UTF-8 never has", [0xff]],
    ["ISO 8859-1", [0xe4]],
  ])("must be UTF-8: %s is refused", (_, bytes) => {
    expect(parseBytes(...inString(...bytes))).toBeUndefined();
  });

  it("may be any valid UTF-8", () => {
    expect(parseBytes(...inString(0xc3, 0xa4))).toEqual({ a: "\u00e4" });
    expect(parseBytes(...inString(0xf0, 0x9f, 0x98, 0x80))).toEqual({ a: "\ud83d\ude00" });
  });
});

const depth = limits.tokenJsonDepth - 1;
const anyObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: depth - 1 }), { maxKeys: 8 });

describe("for any JSON object", () => {
  it("reads the same as JSON.parse, with any white space", () => {
    fc.assert(
      fc.property(anyObject, fc.nat(4), (object, spaces) => {
        const text = JSON.stringify(object, undefined, spaces);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it("refuses an object with a repeated name, in any spelling", () => {
    const spellOut = (name: string) =>
      `"${[...Array(name.length).keys()].map((at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;
    fc.assert(
      fc.property(anyObject, fc.string(), fc.jsonValue(), fc.boolean(), (object, name, value, escaped) => {
        const members = JSON.stringify({ ...object, [name]: value }).slice(1, -1);
        const again = `${escaped ? spellOut(name) : JSON.stringify(name)}:1`;
        expect(parse(`{${members},${again}}`)).toBeUndefined();
        expect(parse(`{"outer":[{${again},${members}}]}`)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("never throws, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const parsed = parseJsonObject(bytes);
        expect(parsed === undefined || (typeof parsed === "object" && !Array.isArray(parsed))).toBe(true);
      }),
    );
  });
});
