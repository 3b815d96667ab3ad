import fc from "fast-check";
import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { decodeBase64url, isBase64url } from "../../../src/core/keys/base64url.ts";

const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];

describe("decodeBase64url", () => {
  // RFC 4648 section 10, without padding.
  it.each([
    ["Zg", "f"],
    ["Zm8", "fo"],
    ["Zm9v", "foo"],
    ["Zm9vYg", "foob"],
    ["Zm9vYmE", "fooba"],
    ["Zm9vYmFy", "foobar"],
  ])("decodes %s", (text, value) => {
    expect(decodeBase64url(text)).toEqual(new TextEncoder().encode(value));
  });

  it("decodes the two characters that differ from plain base64", () => {
    expect(decodeBase64url("-_-_")).toEqual(new Uint8Array([0xfb, 0xff, 0xbf]));
  });

  it.each([
    ["nothing", ""],
    ["padding", "Zg=="],
    ["padding of one", "Zm8="],
    ["padding of a whole group", "Zm9v===="],
    ["plain base64", "+/+/"],
    ["a space", "Zm 9v"],
    ["a space before", " Zm9v"],
    ["a line feed after it", "Zm9v\n"],
    ["a tab", "Zm9v\t"],
    ["a dot", "Zm.v"],
    ["a NUL", "Zm9v\0"],
    ["a letter of another alphabet", "Zm9\u0432"],
    ["one character too many", "Zm9vY"],
    ["one character alone", "Z"],
  ])("refuses %s", (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  it("refuses every stray bit after a single byte", () => {
    const accepted = alphabet.filter((last) => decodeBase64url(`A${last}`) !== undefined);
    expect(accepted).toEqual(["A", "Q", "g", "w"]);
  });

  it("refuses every stray bit after two bytes", () => {
    const accepted = alphabet.filter((last) => decodeBase64url(`AA${last}`) !== undefined);
    expect(accepted).toEqual([..."AEIMQUYcgkosw048"]);
  });

  it("accepts every character at the end of whole groups", () => {
    expect(alphabet.filter((last) => decodeBase64url(`AAA${last}`) === undefined)).toEqual([]);
  });

  it("returns the encoded bytes, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        expect(decodeBase64url(base64url.encode(bytes))).toEqual(bytes);
      }),
    );
  });

  it("never decodes two texts to the same bytes", () => {
    const text = fc.string({ unit: fc.constantFrom(...alphabet, "=", "+", "/", " "), maxLength: 24 });
    let decoded = 0;
    fc.assert(
      fc.property(text, (text) => {
        const bytes = decodeBase64url(text);
        if (bytes === undefined) return;
        decoded += 1;
        expect(base64url.encode(bytes)).toBe(text);
      }),
      { numRuns: 1_000 },
    );
    expect(decoded).toBeGreaterThan(0);
  });
});

describe("isBase64url", () => {
  it("agrees with decodeBase64url, for any text", () => {
    const text = fc.string({ unit: fc.constantFrom(...alphabet, "=", "+", "/", " ", "\n", "\u00e9"), maxLength: 12 });
    const answers = new Set<boolean>();
    fc.assert(
      fc.property(text, (text) => {
        const isDecoded = decodeBase64url(text) !== undefined;
        answers.add(isDecoded);
        expect(isBase64url(text)).toBe(isDecoded);
      }),
      { numRuns: 1_000 },
    );
    expect(answers.size).toBe(2);
  });
});
