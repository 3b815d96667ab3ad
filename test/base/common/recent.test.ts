import { expect, it } from "vitest";
import { keepValue } from "../../../src/base/common/recent.ts";

it("keeps at most the maximum of values, and starts again when there is another one", () => {
  const values = new Map<string, number>();
  for (const key of ["a", "b", "c"]) expect(keepValue(values, 3, key, 1)).toBe(1);
  expect([...values.keys()]).toEqual(["a", "b", "c"]);
  keepValue(values, 3, "b", 2);
  expect([...values]).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 1],
  ]);
  keepValue(values, 3, "d", 1);
  expect([...values.keys()]).toEqual(["d"]);
});
