import { describe, expect, it } from "vitest";
import { createReader, listNames } from "../../src/config/variables.ts";

const example = "NAME=value";
const problem = (problem: string) => [{ variable: "NAME", problem, example }];

describe("text", () => {
  it("trims the value", () => {
    expect(createReader({ NAME: "  value\n" }).text("NAME", example)).toBe("value");
  });

  it("returns nothing, without a fault, if the variable is absent", () => {
    const reader = createReader({});
    expect(reader.text("NAME", example)).toBeUndefined();
    expect(reader.faults).toEqual([]);
  });

  it.each([
    ["on the object", { NAME: undefined }],
    ["inherited", Object.create({ NAME: undefined })],
    ["not enumerable", Object.defineProperty({}, "NAME", { value: undefined })],
  ])("rejects a member that is undefined: %s", (_, environment) => {
    for (const read of ["text", "secret", "binding"] as const) {
      const reader = createReader(environment);
      const isAnything = (_value: unknown): _value is unknown => true;
      const value =
        read === "binding" ? reader.binding("NAME", isAnything, "", example) : reader[read]("NAME", example);
      expect(value).toBeUndefined();
      expect(reader.faults).toMatchObject([{ variable: "NAME", problem: "is undefined. Set a value or remove it" }]);
    }
  });

  it("reads inherited and non-enumerable members", () => {
    expect(createReader(Object.create({ NAME: "value" })).text("NAME", example)).toBe("value");
    const hidden = Object.defineProperty({}, "NAME", { value: "value" });
    expect(createReader(hidden).text("NAME", example)).toBe("value");
  });

  it("reads an environment that only answers by name", () => {
    const environment = new Proxy({}, { get: (_, name) => (name === "NAME" ? "value" : undefined) });
    const reader = createReader(environment);
    expect([reader.text("NAME", example), reader.text("OTHER", example)]).toEqual(["value", undefined]);
    expect(reader.faults).toEqual([]);
  });

  it.each(["", " ", "\n\t", "\u00a0"])("rejects %j, which is present but empty", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.text("NAME", example)).toBeUndefined();
    expect(reader.faults).toEqual(problem("is empty. Set a value or remove it"));
  });

  it.each([null, 0, 60, true, false, {}, [], ["value"], () => "value"])("rejects %j, which is not text", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.text("NAME", example)).toBeUndefined();
    expect(reader.faults).toEqual(problem("is not a string"));
  });
});

describe("binding", () => {
  const isText = (value: unknown) => typeof value === "string";

  it("returns the binding, or nothing if it is absent", () => {
    const reader = createReader({ NAME: "value" });
    expect([reader.binding("NAME", isText, "", ""), reader.binding("OTHER", isText, "", "")]).toEqual([
      "value",
      undefined,
    ]);
    expect(reader.faults).toEqual([]);
  });

  it.each([null, 1, {}])("rejects %j under its name", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.binding("NAME", isText, "is no binding", example)).toBeUndefined();
    expect(reader.faults).toEqual(problem("is no binding"));
  });
});

describe("listNames", () => {
  it("lists every member once, inherited and non-enumerable ones too, and no member of Object", () => {
    const above = Object.defineProperty({ A: 1 }, "B", { value: 1 });
    expect(listNames(Object.assign(Object.create(above), { A: 2, C: 3 }))).toEqual(["A", "C", "B"]);
    expect(listNames(Object.assign(Object.create(null), { A: 1 }))).toEqual(["A"]);
  });
});

describe("list", () => {
  it.each([
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    ["a b", ["a", "b"]],
    [" a ,\n b,,\tc, ", ["a", "b", "c"]],
    ["a,b,a", ["a", "b"]],
  ])("reads %j", (value, items) => {
    const reader = createReader({ NAME: value });
    expect(reader.list("NAME", example)).toEqual(items);
    expect(reader.faults).toEqual([]);
  });

  it.each([",", " , ,, "])("rejects %j, which is an empty list", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.list("NAME", example)).toBeUndefined();
    expect(reader.faults).toEqual(problem("is an empty list. Add an item or remove it"));
  });

  it("finds nothing if the variable is absent", () => {
    expect(createReader({}).list("NAME", example)).toBeUndefined();
  });
});

describe("listOf", () => {
  it("rejects every invalid item, and only those", () => {
    const reader = createReader({ NAME: "1, x, 2, y" });
    reader.listOf("NAME", example, (item) => /^\d$/.test(item), "which is no digit");
    expect(reader.faults.map((fault) => fault.problem)).toEqual([
      'contains "x", which is no digit',
      'contains "y", which is no digit',
    ]);
  });
});

describe("word", () => {
  const words = ["red", "green"] as const;

  it("returns one of the words, or the default", () => {
    expect(createReader({ NAME: "green" }).word("NAME", words, "red")).toBe("green");
    expect(createReader({}).word("NAME", words, "green")).toBe("green");
  });

  it.each(["Red", "reds", "red green", "toString"])("rejects %j", (value) => {
    const reader = createReader({ NAME: value });
    reader.word("NAME", words, "red");
    expect(reader.faults).toEqual([
      { variable: "NAME", problem: `is ${JSON.stringify(value)}, not one of red, green`, example: "NAME=red" },
    ]);
  });
});

describe("secret", () => {
  const binding = { get: async () => "secret" };

  it.each(["secret", " secret with space around ", binding])("accepts %j unchanged", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.secret("NAME")).toBe(value);
    expect(reader.faults).toEqual([]);
  });

  it("finds nothing if it is absent", () => {
    expect(createReader({}).secret("NAME")).toBeUndefined();
  });

  it.each(["", "  ", null, 1, {}, { get: "secret" }])("rejects %j without repeating it", (value) => {
    const reader = createReader({ NAME: value });
    expect(reader.secret("NAME")).toBeUndefined();
    expect(reader.faults).toEqual([
      {
        variable: "NAME",
        problem: "is not a string or a Secrets Store binding",
        example: "wrangler secret put NAME",
      },
    ]);
  });
});
