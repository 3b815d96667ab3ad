import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { App } from "../../src/app/app.ts";
import { partsOf } from "../../src/app/app-parts.ts";
import { origin } from "../../src/app/contract/origin.ts";
import { normalizePath, readPath } from "../../src/http/path.ts";
import { decodeBase64url } from "../../src/keys/base64url.ts";
import * as limits from "../../src/limits.ts";
import { readNominations } from "../../src/origin/request-headers.ts";
import { readBearer } from "../../src/token/bearer.ts";
import { decodeUnverifiedToken } from "../../src/token/decode.ts";
import { parseJsonObject } from "../../src/token/json.ts";
import { tries } from "../support/property.ts";
import { countSteps } from "../support/steps.ts";

const utf8 = new TextEncoder();
const encode = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });

const app = new App()
  .get("/a/*", { public: true }, origin())
  .get("/a/:id/b", {}, origin())
  .post("/a/*", { public: true }, origin());
const findTarget = partsOf(app).close();

/** All code that reads input of a caller before authentication. */
const parsers = {
  readBearer: (text: string) => readBearer(text),
  "readBearer, with the scheme": (text: string) => readBearer(`Bearer ${text}`),
  decodeUnverifiedToken: (text: string) => decodeUnverifiedToken(text),
  "decodeUnverifiedToken, in three segments": (text: string) => {
    const segment = encode(utf8.encode(text));
    return decodeUnverifiedToken(`${segment}.${segment}.${segment}`);
  },
  parseJsonObject: (text: string) => parseJsonObject(utf8.encode(text)),
  "parseJsonObject, in an object": (text: string) => parseJsonObject(utf8.encode(`{"a":${JSON.stringify(text)}}`)),
  decodeBase64url: (text: string) => decodeBase64url(text),
  readPath: (text: string) => readPath(`https://api.contoso.example/${text}`, 27),
  normalizePath: (text: string) => normalizePath(`/${text}`),
  readNominations: (text: string) => readNominations(text),
} satisfies Record<string, (text: string) => unknown>;

const anyText = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => String.fromCharCode(...bytes)),
  fc.string({ unit: fc.constantFrom(...'{}[]":,\\.%;/ =-_eyJ0\u00e9\ud83d'), maxLength: 300 }),
  fc.json(),
);

/** Input that is slow for quadratic parsers: long runs of the text that they look for, and of almost that text. */
const unit = fc.constantFrom(
  "a",
  ".",
  "..",
  "=",
  " ",
  "\t",
  ",",
  "Bearer ",
  ", Bearer",
  '"',
  "\\",
  '\\"',
  '"a":',
  '"\\\\":',
  "{",
  "[",
  '{"a":',
  "[1,",
  "%41",
  "%",
  "%25",
  "/",
  "/..",
  "/a",
  ";",
  "-",
  "_",
  "0",
  "\u00e9",
  "A.",
  "a,",
  "connection,",
  "%3f",
  "%23",
  "/(S(x))",
  "/(S(",
  "/(S()",
  "(S(x)",
  "\u2215",
  "\u00f0",
  "\u0142",
  "a\u0308",
);

describe.each(Object.entries(parsers))("%s", (_, parse: (text: string) => unknown) => {
  it("never throws", () => {
    fc.assert(
      fc.property(anyText, (text) => void parse(text)),
      tries(1_000),
    );
  });

  it("takes steps in proportion to its input", () => {
    const text = fc.tuple(fc.string({ maxLength: 5 }), unit, fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(text, ([before, repeated, after]) => {
        const stepsOf = (times: number) => countSteps(() => parse(before + repeated.repeat(times) + after));
        // Twice the input takes twice the steps, not four times. Input above the limit takes no steps.
        const [once, twice, fourfold] = [stepsOf(250), stepsOf(500), stepsOf(1_000)];
        expect(fourfold - twice).toBeLessThanOrEqual(2.2 * Math.max(0, twice - once) + 500);
      }),
      tries(100),
    );
  });
});

it("the router takes steps in proportion to a path and to the bound of its readings, and never throws", () => {
  const paths = fc.oneof(
    fc
      .tuple(fc.string({ maxLength: 5 }), unit, fc.nat(4_000))
      .map(([text, repeated, times]) => text + repeated.repeat(times)),
    fc.tuple(unit, unit, fc.nat(1_000)).map(([one, other, times]) => (one + other).repeat(times)),
    fc.array(unit, { maxLength: 200 }).map((units) => units.join("")),
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(paths, (text) => {
      const path = normalizePath(`/a/${text}`);
      if (path === undefined) return;
      for (const method of ["GET", "POST"]) {
        const steps = countSteps(() => seen.add(findTarget(method, path).kind));
        expect(steps).toBeLessThanOrEqual(400 * (path.length + limits.pathReadingCharacters));
      }
    }),
    tries(500),
  );
  expect([...seen].sort()).toEqual(["near-miss", "route"]);
});

it("the count of steps distinguishes linear work from quadratic", () => {
  const quadratic = (text: string) => {
    for (let at = 0; at < text.length; at += 1) text.slice(at);
  };
  expect(countSteps(() => quadratic("a".repeat(2_000)))).toBeGreaterThan(
    3.9 * countSteps(() => quadratic("a".repeat(1_000))),
  );
});
