import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countJson, isShallowJose, parseJson, scanJson } from "../../../src/base/common/json.ts";
import * as limits from "../../../src/base/common/limits.ts";

const nest = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);
const toPart = (text: string) => new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
/** Ends of a text that no parser reads to its end. */
const cuts = ["", '"', '"\\', '"[', "1", "-", "1e", "tru", "]", "}", ","];

/** Levels of nesting, and members of all objects, of a parsed value. */
function measure(value: unknown): { readonly depth: number; readonly names: number } {
  if (typeof value !== "object" || value === null) return { depth: 0, names: 0 };
  const inner = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    names: inner.reduce((sum, { names }) => sum + names, Array.isArray(value) ? 0 : inner.length),
  };
}

describe("the scan", () => {
  it("finds the nesting and the names that the parser finds, with any white space and escapes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, isSpaced) => {
        const text = JSON.stringify(value, null, isSpaced ? "\t" : "");
        const { depth, names } = measure(JSON.parse(text));
        expect(scanJson(text, depth)).toEqual({ names, excess: -1 });
        if (depth > 0) expect(scanJson(text, depth - 1).excess).toBeGreaterThan(-1);
      }),
    );
  });

  it.each([
    ['"[[[["', 0],
    ['["\\"[[[","]",[]]', 2],
    ['["\\\\",[[]]]', 3],
    ['{"[":{"\\\\\\"{":[]}}', 3],
    ["[[],[],[[]]]", 3],
    ['[[["a', 3],
    ['[[["\\', 3],
    ['[[["\\"', 3],
    [`"${"\\".repeat(9)}`, 0],
  ])("of %s finds %i levels", (text, levels) => {
    expect(scanJson(text, levels).excess).toBe(-1);
    if (levels > 0) expect(scanJson(text, levels - 1).excess).toBeGreaterThan(-1);
  });

  it("says where the first bracket is that is nested too deep", () => {
    expect(scanJson('[{"a":[1]}]', 2).excess).toBe(6);
  });
});

describe("the parser", () => {
  const deepest = nest(limits.jsonDepth);

  it.each<[string, (text: string) => unknown]>([
    ["parseJson", parseJson],
    ["countJson", countJson],
  ])("gets no text that is nested deeper than the limit, whole or cut: %s", (_, parse) => {
    expect(() => parse(deepest)).not.toThrow();
    for (const open of ["[", "[1,", '{"a":', ' [\n"x",{"b":']) {
      const text = open.repeat(limits.jsonDepth + 1);
      for (const cut of [...cuts, nest(0), "]".repeat(limits.jsonDepth)])
        expect(() => parse(text + cut)).toThrow(new RangeError("the JSON is nested deeper than 1024 levels"));
    }
  });

  it("reads a long text that is not deep, and refuses what is not JSON", () => {
    const list = `[${"[],".repeat(5_000)}0]`;
    expect(parseJson(list)).toHaveLength(5_001);
    for (const cut of cuts) expect(() => parseJson(`[${"[],".repeat(5_000)}${cut}`)).toThrow(SyntaxError);
  });
});

describe("a token for jose", () => {
  const deep = toPart(nest(limits.jsonDepth + 1, "[1,", ""));

  it.each([
    ["header", `${deep}.e30.AA`, false],
    ["payload", `e30.${deep}.AA`, false],
    ["header of a JWE", `${deep}..AA.AA.AA`, false],
    ["header with padding", `${deep}==.e30.AA`, false],
    ["header with line breaks", `${deep.replace(/.{76}/g, "$&\n")}.e30.AA`, false],
    ["header in base64", `${btoa(nest(limits.jsonDepth + 1, "[1,", ""))}.e30.AA`, false],
    ["header that is not base64url", `${"!".repeat(2_000)}.e30.AA`, false],
    ["signature", `e30.e30.${deep}`, true],
    ["header that is long and not deep", `${toPart(JSON.stringify({ x5c: "A".repeat(5_000) }))}.e30.AA`, true],
    ["header that is as deep as it may be", `${toPart(nest(limits.jsonDepth))}.e30.AA`, true],
  ])("is bounded in its %s", (_, token, isShallow) => {
    expect(isShallowJose(token)).toBe(isShallow);
  });

  it("is bounded without all parts", () => {
    for (const token of ["", ".", "e30", deep.slice(0, 1_000)]) expect(isShallowJose(token)).toBe(true);
    expect(isShallowJose(deep)).toBe(false);
  });
});
