import { describe, expect, it } from "vitest";
import {
  type CompiledSchemaOptions,
  type CompiledValidator,
  compiledSchema,
  countCharacters,
  formats,
  isEqual,
  isMultiple,
  type NumberFormat,
  type ScalarType,
} from "../../../src/app/compiled/compiled.ts";

/** What a validator gets from a schema. */
function decode(input: unknown, options: CompiledSchemaOptions): unknown {
  const got: unknown[] = [];
  compiledSchema((value) => got.push(value) > 0, options)["~standard"].validate(input);
  return got[0];
}

const decodeOne = (text: unknown, type: ScalarType) =>
  (decode({ a: text }, { fields: { a: type } }) as { readonly a: unknown }).a;

it.each([
  [19.99, 0.01, true],
  [0.3, 0.1, true],
  [0.300_000_000_000_000_04, 0.1, false],
  [-0.07, 0.01, true],
  [0, 0.01, true],
  [-9, 3, true],
  [10, 3, false],
  [1e21, 1, true],
  [1e308, 0.5, true],
  [5e-324, 1e308, false],
  [Number.MAX_VALUE, 5e-324, true],
  [Number.POSITIVE_INFINITY, 0.5, false],
  [Number.NaN, 1, false],
])("isMultiple(%d, %d) is %s", (number, divisor, expected) => {
  expect(isMultiple(number, divisor)).toBe(expected);
});

describe("a schema of fields decodes", () => {
  it.each([
    ["10", 10],
    ["-0.5", -0.5],
    ["1e3", 1000],
    ["1.10", 1.1],
    ["0", 0],
  ])("the number %s", (text, number) => {
    expect(decodeOne(text, "number")).toBe(number);
  });

  it.each(["", " 1", "+1", "01", "1.", ".5", "0x10", "1e400", "9007199254740993", "NaN", "Infinity", "1,5", "١"])(
    "no number from %j",
    (text) => {
      expect(decodeOne(text, "number")).toBe(text);
    },
  );

  it.each([
    ["50", 50],
    ["0", 0],
    ["-7", -7],
    ["-0", -0],
    ["9007199254740992", 2 ** 53],
    ["1000000000000000000", 1e18],
    ["1152921504606846976", 2 ** 60],
  ])("the integer %s", (text, number) => {
    expect(decodeOne(text, "integer")).toBe(number);
  });

  it.each([
    ...["1e2", "1E2", "1.0", "100e-1", "+1", " 1", "1 ", "01", "-", "", "0x10", "0b1", "1_000", "1n", "١", "null"],
    // A double rounds the first three. `JSON.stringify(2 ** 60)` is the third.
    ...["9007199254740993", "12345678901234567890", "1152921504606847000", "9".repeat(400), "Infinity"],
  ])("no integer from %j", (text) => {
    expect(decodeOne(text, "integer")).toBe(text);
  });

  it.each(["1e2", "5000e-3", "1E2", "1.5e0", "+1", "01", ".5", "1.", "0x10", "9007199254740993"])(
    "no decimal from %j",
    (text) => {
      expect(decodeOne(text, "decimal")).toBe(text);
      expect(decodeOne("-1.5", "decimal")).toBe(-1.5);
    },
  );

  it("true and false, and no other text", () => {
    expect(["true", "false", "True", "1", ""].map((text) => decodeOne(text, "boolean"))).toEqual([
      true,
      false,
      "True",
      "1",
      "",
    ]);
  });

  it("a list only for fields that can be repeated", () => {
    const fields = { one: "number", list: ["number"], flags: ["boolean"] } as const;
    expect(decode({ one: ["1", "2"], list: "1", flags: ["true", "x"], other: "3" }, { fields })).toEqual({
      one: ["1", "2"],
      list: [1],
      flags: [true, "x"],
      other: "3",
    });
  });

  it("no member of the prototype", () => {
    expect(decode({}, { fields: { toString: "text" as const } })).toEqual({});
  });

  it("nothing of a value without fields", () => {
    expect(decode({ a: "1" }, {})).toEqual({ a: "1" });
    expect(decode("1", { fields: { a: "number" } })).toBe("1");
  });
});

describe("a schema of a validator", () => {
  const refuse: CompiledValidator = (_: unknown) => false;
  const validate = (input: unknown, options?: CompiledSchemaOptions) =>
    compiledSchema(refuse, options)["~standard"].validate(input);

  it("reports its errors as issues with a path", () => {
    refuse.errors = [{ instancePath: "/a~1b/0/c~0", message: "must be string" }, { instancePath: "" }];
    expect(validate({})).toEqual({
      issues: [
        { path: ["a/b", "0", "c~"], message: "must be string" },
        { path: [], message: "is invalid" },
      ],
    });
  });

  it("refuses a value without errors too", () => {
    refuse.errors = null;
    expect(validate({})).toEqual({ issues: [] });
  });

  it("requires a value unless it is optional", () => {
    expect(validate(undefined)).toEqual({ issues: [{ path: [], message: "is required" }] });
    expect(validate(undefined, { optional: true })).toEqual({ value: undefined });
    refuse.errors = [];
    expect(validate(null, { optional: true })).toEqual({ issues: [] });
  });
});

it("counts a surrogate pair as one character, and each half alone", () => {
  expect(["", "abc", "😀", "a😀b", "\ud83d", "\ude00\ud83d", "\ud83d\ude00\ude00"].map(countCharacters)).toEqual([
    0, 3, 1, 3, 1, 2, 2,
  ]);
});

describe("values of JSON", () => {
  it.each([
    [1, 1],
    [{ a: 1, b: [null, { c: "x" }] }, JSON.parse('{"b":[null,{"c":"x"}],"a":1}')],
    [[], []],
    [{}, {}],
  ])("%j and %j are equal", (one, other) => {
    expect(isEqual(one, other)).toBe(true);
  });

  it.each([
    [1, "1"],
    [null, {}],
    [{}, null],
    [[], {}],
    [{}, []],
    [[1], [1, 2]],
    [[1, 2], [1]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: undefined }, { b: 1 }],
    [{ toString: 1 }, { a: 1 }],
  ])("%j and %j are not", (one, other) => {
    expect(isEqual(one, other)).toBe(false);
  });
});

describe("the format", () => {
  it.each([
    [
      "date",
      ["2024-02-29", "2000-02-29", "2026-12-31"],
      ["2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "26-01-01", "2026-1-1", ""],
    ],
    [
      "date-time",
      ["2026-11-28T12:00:00Z", "2026-11-28t23:59:60.123+01:00"],
      [
        "2026-11-28",
        "2026-11-28T24:00:00Z",
        "2026-11-28T12:00:00",
        "2026-11-28 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-11-28T12:60:00Z",
      ],
    ],
    [
      "uuid",
      ["11111111-2222-3333-4444-55555555555a", "AAAAAAAA-2222-3333-4444-555555555555"],
      ["11111111222233334444555555555555", "{11111111-2222-3333-4444-555555555555}", ""],
    ],
    [
      "email",
      ["a@b", "a.b+c@mail.contoso.com"],
      ["a", "@b", "a@", "a@b@c", "a b@c", "a@-b", "a@b..c", `${"a".repeat(250)}@b.de`],
    ],
    ["ipv4", ["127.0.0.1", "255.255.255.255"], ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", ""]],
    ["byte", ["", "YQ==", "YWI=", "YWJj"], ["YQ=", "YQ", "Y===", "YQ==YQ==", "Y-_j"]],
  ] as const)("%s", (name, good, bad) => {
    const check = formats[name] as (text: string) => boolean;
    expect(good.filter((text) => !check(text))).toEqual([]);
    expect(bad.filter((text) => check(text))).toEqual([]);
  });

  it("int32 and int64", () => {
    const { int32, int64 } = formats as Readonly<Record<"int32" | "int64", NumberFormat>>;
    expect([2 ** 31 - 1, -(2 ** 31), 0].map(int32.validate)).toEqual([true, true, true]);
    expect([2 ** 31, -(2 ** 31) - 1, 0.5].map(int32.validate)).toEqual([false, false, false]);
    expect([2 ** 31, -(2 ** 63)].map(int64.validate)).toEqual([true, true]);
    expect([2 ** 63, 2 ** 64, 0.5].map(int64.validate)).toEqual([false, false, false]);
  });
});
