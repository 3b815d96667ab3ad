import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originReading } from "../../../src/app/build/origin-reading.ts";
import type { HttpError } from "../../../src/app/errors/errors.ts";
import { parseJson } from "../../../src/app/request/json.ts";
import { checkNumbers } from "../../../src/app/request/json-readings.ts";
import { tries } from "../../support/property.ts";

const rules = { jsonMaxKeys: 10_000, jsonMaxDepth: 32 };
const message = "is a number that other readers round differently. Send it as a string";

/** The places of refused numbers; empty if the text passes. */
function placesOf(text: string, parse = () => parseJson(text, { ...rules, forOrigin: originReading })): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    const { status, problem } = error as HttpError;
    expect([status, problem.detail]).toEqual([400, "Invalid body"]);
    return (problem.errors ?? []).map(({ path, ...others }) => {
      expect(others).toEqual({ message });
      return path;
    });
  }
}

describe("numbers in a body for an origin", () => {
  it.each([
    ...["9007199254740993", "-9007199254740993", "18446744073709551615", "123456789012345678"],
    ...["100.000000000000001", "0.1000000000000000055511151231257827", "3.14159265358979323846"],
    ...["1e400", "-1e400", "1e-400", "1E400", "2e-324", "1e999999999", "1e-999999999", "12.5e99999999999999999999"],
  ])("that readers take for others are refused: %s", (text) => {
    expect(placesOf(text)).toEqual([""]);
    expect(placesOf(`{"a":[{"b/~":${text} }]}`)).toEqual(["/a/0/b~1~0"]);
    expect(placesOf(`[1.5,"1e400",[[],{}],{"a":"]","b":1},\n${text}]`)).toEqual(["/4"]);
  });

  it.each([
    ...["0", "-0", "7", "1.10", "5.0", "-0.0", "1e2", "1E+2", "100e-2", "0e999999999", "-0.00e-999999999"],
    ...["9007199254740992", "999999999999999", "0.1", "0.10000000000000001", "100000000000000000000", "1e21"],
    ...["1.7976931348623157e308", "5e-324", "4.9406564584124654e-324", "2.2250738585072014E-308"],
    ...[`1${"0".repeat(400)}e-400`, `0.${"0".repeat(400)}1e401`, `1e${"0".repeat(400)}2`, `1.${"0".repeat(400)}`],
  ])("that every reader understands are accepted: %s", (text) => {
    expect(placesOf(text)).toEqual([]);
    expect(placesOf(`{"a":[${text},{"b":${text}}]}`)).toEqual([]);
  });

  it.each(['"1e400"', '{"9007199254740993":"100.000000000000001"}', '["\\" 1e400","\\\\",", 1e400"]'])(
    "are not searched for in strings: %s",
    (text) => {
      expect(placesOf(`{"a":1e2,"b":${text}}`)).toEqual([]);
    },
  );

  it("are refused at the first place, and only in parts that are not free", () => {
    expect(placesOf('{"a":1e400,"b":1e400}')).toEqual(["/a"]);
    const text = '{"a":1e400,"b":[1e400,1e400]}';
    const check = (value: unknown) => placesOf(text, () => checkNumbers(text, value));
    expect(check({ a: null, b: [null, Number.POSITIVE_INFINITY] })).toEqual(["/b/1"]);
    expect(check({ a: null, b: null })).toEqual([]);
    expect(check(null)).toEqual([]);
  });

  it("are not compared if no origin reads them", () => {
    expect(placesOf("[1e400]", () => parseJson("[1e400]", rules))).toEqual([]);
  });
});

/** A decimal number as a fraction of integers. */
function toFraction(text: string): readonly [numerator: bigint, denominator: bigint] {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const power = BigInt(exponent) - BigInt(fraction.length);
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return power < 0n ? [digits, 10n ** -power] : [digits * 10n ** power, 1n];
}

function isEqual(one: string, other: string): boolean {
  const [[numerator, denominator], [otherNumerator, otherDenominator]] = [toFraction(one), toFraction(other)];
  return numerator * otherDenominator === otherNumerator * denominator;
}

/** The rule, in exact arithmetic. */
function isUnderstood(text: string): boolean {
  const double = JSON.parse(text) as number;
  return (
    Number.isFinite(double) && [JSON.stringify(double), double.toPrecision(17)].some((each) => isEqual(text, each))
  );
}

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength });
/** Any number of JSON, in any form. */
const anyNumber = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.oneof(digits(40), digits(3)).map((text) => text.replace(/^0+(?=\d)/, "")),
    fc.oneof(digits(40), digits(3), fc.constant("")),
    fc.constantFrom("", "e", "E", "e+", "E-"),
    fc.oneof(
      fc.nat(420).map(String),
      fc.nat(20).map(String),
      fc.nat(9).map((digit) => `00${digit}`),
    ),
  )
  .map(([sign, whole, fraction, e, exponent]) => `${sign}${whole}${fraction && `.${fraction}`}${e && e + exponent}`);
/** A number as programs write it, or almost. */
const written = fc.tuple(double, fc.nat(3), fc.integer({ min: 1, max: 30 })).map(([value, form, precision]) => {
  if (form === 0) return JSON.stringify(value);
  if (form === 1) return value.toPrecision(17);
  return form === 2 ? value.toPrecision(precision) : value.toExponential(precision);
});
/** The same, with zeros at its end. */
const padded = fc.tuple(written, fc.nat(5)).map(([text, zeros]) => {
  const [mantissa = "", exponent = "0"] = text.split("e");
  return `${mantissa}${mantissa.includes(".") ? "" : ".0"}${"0".repeat(zeros)}e${exponent}`;
});

it("exactly those numbers are refused that differ from both forms in which programs write their double", () => {
  const counts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(anyNumber, written, padded), (text) => {
      const isAccepted = isUnderstood(text);
      counts[isAccepted ? "accepted" : "refused"] += 1;
      expect(placesOf(`{"n":[true,${text}]}`)).toEqual(isAccepted ? [] : ["/n/1"]);
    }),
    tries(20_000),
  );
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(3_000);
});

it("no value of JavaScript is refused", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), double, (json, value) => {
      const text = JSON.stringify([JSON.parse(json), value, { value }]);
      checkNumbers(text, JSON.parse(text));
    }),
    tries(5_000),
  );
});

it("the place of a number is the same as in the parsed value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), (value, at) => {
      const places: string[] = [];
      const list = (part: unknown, pointer: string): void => {
        if (typeof part === "number") places.push(pointer);
        if (typeof part !== "object" || part === null) return;
        for (const [name, child] of Object.entries(part)) {
          list(child, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
        }
      };
      const doubled = [value, { value }, 1];
      list(doubled, "");
      const wanted = at % places.length;
      let index = -1;
      // Writes the number at the wanted place as one that is too large.
      const text = JSON.stringify(doubled, (_, part) => {
        if (typeof part !== "number") return part;
        index += 1;
        return index === wanted ? "too large" : part;
      }).replace('"too large"', "1e400");
      expect(placesOf(text, () => checkNumbers(text, JSON.parse(text)))).toEqual([places[wanted]]);
    }),
    tries(2_000),
  );
});
