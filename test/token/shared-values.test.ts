import { describe, expect, it } from "vitest";
import { createSharedValues } from "../../src/token/shared-values.ts";

describe("createSharedValues", () => {
  it("returns one frozen list for equal lists, and another for any other", () => {
    const shared = createSharedValues();
    const list = shared.list(["a", "b"]);
    expect(list).toEqual(["a", "b"]);
    expect(shared.list(["a", "b"])).toBe(list);
    expect(Object.isFrozen(list)).toBe(true);
    for (const other of [["b", "a"], ["a"], ["a b"], ["a,b"], ['a","b'], ["a", "b", ""], []]) {
      expect(shared.list(other)).toEqual(other);
    }
  });

  it("freezes lists that it does not keep", () => {
    expect(Object.isFrozen(createSharedValues(0).list(["a"]))).toBe(true);
  });

  it("keeps no more than its bytes, and those that it kept first", () => {
    const shared = createSharedValues(1_000);
    const first = shared.list(["first"]);
    for (let index = 0; index < 100; index += 1) shared.list([`list ${index}`]);
    expect(shared.list(["first"])).toBe(first);
    expect(shared.list(["list 99"])).not.toBe(shared.list(["list 99"]));
    const long = ["x".repeat(1_000)];
    const empty = createSharedValues(1_000);
    expect(empty.list(long)).not.toBe(empty.list([...long]));
  });
});
