import { describe, expect, it, vi } from "vitest";
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

  it("returns one frozen list for equal texts, which it parses once, and no list of another text or of equal items", () => {
    const shared = createSharedValues();
    const parse = vi.fn((text: string) => text.split(" "));
    const list = shared.parsed("a b", parse);
    expect(list).toEqual(["a", "b"]);
    expect(Object.isFrozen(list)).toBe(true);
    expect(shared.parsed("a b", parse)).toBe(list);
    expect(parse).toHaveBeenCalledOnce();
    expect(shared.parsed('["a"]', parse)).toEqual(['["a"]']);
    expect(shared.list(["a"])).toEqual(["a"]);
    expect(shared.parsed("[]", parse)).toEqual(["[]"]);
    expect(shared.list([])).toEqual([]);
  });

  it("does not freeze the list of a caller", () => {
    for (const shared of [createSharedValues(), createSharedValues(0)]) {
      const items = ["a"];
      shared.list(items);
      expect(Object.isFrozen(items)).toBe(false);
    }
  });

  it("freezes lists that it does not keep", () => {
    const shared = createSharedValues(0);
    expect(Object.isFrozen(shared.list(["a"]))).toBe(true);
    expect(Object.isFrozen(shared.parsed("a", (text) => [text]))).toBe(true);
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
