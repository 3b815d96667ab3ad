import { describe, expect, it } from "vitest";
import type { VariableTable } from "../../../src/core/config/table.ts";
import { createReader, type Environment, listNames } from "../../../src/core/config/variables.ts";

const table = {
  NAME: ["text", "value"],
  LIST: ["list", "a"],
  IDS: ["guids", "11111111-2222-3333-4444-555555555555"],
  FLAG: ["flag", "true"],
  WORD: ["word", ["red", "green"]],
  SECRET: ["secret"],
  BINDING: ["binding", "[[things]] binding", "a thing", ["get", "put"]],
  "AT_<NAME>_URL": ["text", "https://a.example"],
} as const satisfies VariableTable;
const read = (environment: Environment) => createReader(environment).with(table);
const problem = (problem: string, variable = "NAME", example = "NAME=value") => [{ variable, problem, example }];

describe("text", () => {
  it("trims the value", () => {
    expect(read({ NAME: "  value\n" }).text("NAME")).toBe("value");
  });

  it("returns nothing, without a fault, if the variable is absent", () => {
    const reader = read({});
    expect(reader.text("NAME")).toBeUndefined();
    expect(reader.faults).toEqual([]);
  });

  it.each<[string, (name: string) => Environment]>([
    ["on the object", (name) => ({ [name]: undefined })],
    ["inherited", (name) => Object.create({ [name]: undefined })],
    ["not enumerable", (name) => Object.defineProperty({}, name, { value: undefined })],
  ])("rejects a member that is undefined: %s", (_, create) => {
    for (const name of ["NAME", "SECRET", "BINDING"] as const) {
      const reader = read(create(name));
      const value =
        name === "NAME" ? reader.text(name) : name === "SECRET" ? reader.secret(name) : reader.binding(name);
      expect(value).toBeUndefined();
      expect(reader.faults).toMatchObject([{ variable: name, problem: "is undefined. Set a value or remove it" }]);
    }
  });

  it("reads inherited and non-enumerable members", () => {
    expect(read(Object.create({ NAME: "value" })).text("NAME")).toBe("value");
    const hidden = Object.defineProperty({}, "NAME", { value: "value" });
    expect(read(hidden).text("NAME")).toBe("value");
  });

  it("reads an environment that only answers by name", () => {
    const environment = new Proxy({}, { get: (_, name) => (name === "NAME" ? "value" : undefined) });
    const reader = read(environment);
    expect([reader.text("NAME"), reader.text("AT_X_URL")]).toEqual(["value", undefined]);
    expect(reader.faults).toEqual([]);
  });

  it.each(["", " ", "\n\t", "\u00a0"])("rejects %j, which is present but empty", (value) => {
    const reader = read({ NAME: value });
    expect(reader.text("NAME")).toBeUndefined();
    expect(reader.faults).toEqual(problem("is empty. Set a value or remove it"));
  });

  it.each([null, 0, 60, true, false, {}, [], ["value"], () => "value"])("rejects %j, which is not text", (value) => {
    const reader = read({ NAME: value });
    expect(reader.text("NAME")).toBeUndefined();
    expect(reader.faults).toEqual(problem("is not a string"));
  });
});

describe("a name that an operator completes", () => {
  it("is read, and its fault has its example", () => {
    const reader = read({ AT_ORDERS_URL: "https://b.example", AT_A_B_URL: "", AT__URL: "x" });
    expect([reader.text("AT_ORDERS_URL"), reader.text("AT_A_B_URL")]).toEqual(["https://b.example", undefined]);
    expect(reader.faults).toEqual(
      problem("is empty. Set a value or remove it", "AT_A_B_URL", "AT_A_B_URL=https://a.example"),
    );
    expect([reader.exampleOf("AT_URL"), reader.exampleOf("AT__URL")]).toEqual([undefined, undefined]);
  });
});

describe("with", () => {
  it("knows another table too, and records in the same list", () => {
    const reader = createReader({ NAME: "", ENTRA_CLOUD: "mars" });
    const other = reader.with(table);
    other.text("NAME");
    other.word("ENTRA_CLOUD");
    expect(reader.faults.map(({ variable, example }) => [variable, example])).toEqual([
      ["NAME", "NAME=value"],
      ["ENTRA_CLOUD", "ENTRA_CLOUD=public"],
    ]);
    expect(reader.isFaulty("NAME")).toBe(true);
    expect(reader.exampleOf("NAME")).toBeUndefined();
  });
});

describe("binding", () => {
  const binding = { get() {}, put() {} };

  it("returns the binding, or nothing if it is absent", () => {
    expect([read({ BINDING: binding }).binding("BINDING"), read({}).binding("BINDING")]).toEqual([binding, undefined]);
  });

  it.each([null, 1, "x", {}, { get() {} }, { ...binding, put: 1 }])("rejects %j under its name", (value) => {
    const reader = read({ BINDING: value });
    expect(reader.binding("BINDING")).toBeUndefined();
    const example = '[[things]] binding = "BINDING" in wrangler.toml';
    expect(reader.faults).toEqual(problem("is not a thing binding", "BINDING", example));
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
    const reader = read({ LIST: value });
    expect(reader.list("LIST")).toEqual(items);
    expect(reader.faults).toEqual([]);
  });

  it.each([",", " , ,, "])("rejects %j, which is an empty list", (value) => {
    const reader = read({ LIST: value });
    expect(reader.list("LIST")).toBeUndefined();
    expect(reader.faults).toEqual(problem("is an empty list. Add an item or remove it", "LIST", "LIST=a"));
  });

  it("finds nothing if the variable is absent", () => {
    expect(read({}).list("LIST")).toBeUndefined();
  });
});

describe("listOf", () => {
  it("rejects every invalid item, and only those", () => {
    const reader = read({ LIST: "1, x, 2, y" });
    reader.listOf("LIST", (item) => (/^\d$/.test(item) ? undefined : "which is no digit"));
    expect(reader.faults.map((fault) => fault.problem)).toEqual([
      'contains "x", which is no digit',
      'contains "y", which is no digit',
    ]);
  });
});

describe("guids", () => {
  it("returns GUIDs in lower case, and rejects every other item", () => {
    const [, id] = table.IDS;
    const upper = "AAAAAAAA-2222-3333-4444-555555555555";
    expect(read({ IDS: `${id} ${upper}` }).guids("IDS", "an ID")).toEqual([id, upper.toLowerCase()]);
    const reader = read({ IDS: `${id},x` });
    reader.guids("IDS", "an ID");
    expect(reader.faults).toEqual(problem('contains "x", which is not an ID (GUID)', "IDS", `IDS=${id}`));
  });
});

describe("flag", () => {
  it.each([
    [undefined, false],
    ["false", false],
    ["true", true],
  ])("reads %j", (value, flag) => {
    expect(read(value === undefined ? {} : { FLAG: value }).flag("FLAG")).toBe(flag);
  });

  it("rejects another word", () => {
    const reader = read({ FLAG: "yes" });
    expect(reader.flag("FLAG")).toBe(false);
    expect(reader.faults).toEqual(problem('is "yes", not one of true, false', "FLAG", "FLAG=true"));
  });
});

describe("word", () => {
  it("returns one of the words, or the first", () => {
    expect(read({ WORD: "green" }).word("WORD")).toBe("green");
    expect(read({}).word("WORD")).toBe("red");
  });

  it.each(["Red", "reds", "red green", "toString"])("rejects %j", (value) => {
    const reader = read({ WORD: value });
    expect(reader.word("WORD")).toBe("red");
    expect(reader.faults).toEqual(problem(`is ${JSON.stringify(value)}, not one of red, green`, "WORD", "WORD=red"));
  });
});

describe("secret", () => {
  const binding = { get: async () => "secret" };

  it.each(["secret", " secret with space around ", binding])("accepts %j unchanged", (value) => {
    const reader = read({ SECRET: value });
    expect(reader.secret("SECRET")).toBe(value);
    expect(reader.faults).toEqual([]);
  });

  it("finds nothing if it is absent", () => {
    expect(read({}).secret("SECRET")).toBeUndefined();
  });

  it.each(["", "  ", null, 1, {}, { get: "secret" }])("rejects %j without repeating it", (value) => {
    const reader = read({ SECRET: value });
    expect(reader.secret("SECRET")).toBeUndefined();
    expect(reader.faults).toEqual(
      problem("is not a string or a Secrets Store binding", "SECRET", "wrangler secret put SECRET"),
    );
  });
});
