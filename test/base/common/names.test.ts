import { describe, expect, it } from "vitest";
import { createExpiringNames } from "../../../src/base/common/names.ts";

describe("a list of expiring names", () => {
  const leftOf = (names: ReturnType<typeof createExpiringNames>, ...wanted: readonly string[]) =>
    wanted.map((name) => names.leftMs(name, 0) > 0);

  it("is bounded, and drops the oldest first", () => {
    const names = createExpiringNames(3, 10);
    for (const name of ["a", "b", "c", "d"]) names.add(name, 10);
    expect(leftOf(names, "a", "b", "c", "d")).toEqual([false, true, true, true]);
  });

  it("drops none to add a name that it has, and makes it the newest", () => {
    const names = createExpiringNames(3, 10);
    for (const name of ["a", "b", "c", "a"]) names.add(name, 10);
    expect(leftOf(names, "a", "b", "c")).toEqual([true, true, true]);
    names.add("d", 10);
    expect(leftOf(names, "a", "b", "c", "d")).toEqual([true, false, true, true]);
  });

  it("forgets a name that would be remembered for twice as long, because the clock was set back", () => {
    const names = createExpiringNames(3, 10);
    names.add("a", 10);
    expect(names.leftMs("a", -9)).toBe(19);
    expect(names.leftMs("a", -10)).toBe(0);
  });

  it("forgets a name when it expires", () => {
    const names = createExpiringNames(3, 10);
    names.add("a", 10);
    expect(names.leftMs("a", 9)).toBe(1);
    expect(names.leftMs("a", 10)).toBe(0);
    expect(names.leftMs("b", 9)).toBeLessThanOrEqual(0);
  });
});
