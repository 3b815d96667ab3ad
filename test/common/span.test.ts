import { expect, it } from "vitest";
import { goesOn } from "../../src/common/span.ts";

it.each([
  ["at its start", 100, true],
  ["until its end", 109, true],
  ["not at its end", 110, false],
  ["for a request whose clock is behind", 95, true],
  ["not after the clock was set back by its length", 90, false],
  ["not after the clock was set back by more", -1_000, false],
])("a span goes on %s", (_, nowMs, expected) => {
  expect(goesOn(100, 110, nowMs)).toBe(expected);
});
