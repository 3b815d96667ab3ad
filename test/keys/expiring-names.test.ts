import { describe, expect, it } from "vitest";
import { createExpiringNames } from "../../src/keys/key-store.ts";

describe("a list of expiring names", () => {
  it("is bounded, and drops the oldest first", () => {
    const names = createExpiringNames(3);
    for (const name of ["a", "b", "c", "d"]) names.add(name, 10);
    expect(["a", "b", "c", "d"].map((name) => names.has(name, 0))).toEqual([false, true, true, true]);
  });

  it("forgets a name when it expires", () => {
    const names = createExpiringNames(3);
    names.add("a", 10);
    expect(names.has("a", 9)).toBe(true);
    expect(names.has("a", 10)).toBe(false);
    expect(names.has("b", 9)).toBe(false);
  });
});
