import { expect, it } from "vitest";
import { isWithin, secondsUntil } from "../../../src/base/common/period.ts";

it.each([
  ["at its start", 100, true],
  ["until its end", 109, true],
  ["not at its end", 110, false],
  ["for a request whose clock is behind", 95, true],
  ["not after the clock was set back by its length", 90, false],
  ["not after the clock was set back by more", -1_000, false],
])("is within a period %s", (_, nowMs, expected) => {
  expect(isWithin(100, 110, nowMs)).toBe(expected);
});

it.each([
  [10_001, 5_000, 6],
  [10_000, 5_000, 5],
  [5_001, 5_000, 1],
  [5_000, 5_000, 1],
  [4_000, 5_000, 1],
  [Number.NaN, 5_000, 1],
  [5_000, Number.NaN, 1],
  [Number.POSITIVE_INFINITY, 5_000, 1],
  [1e30, 5_000, 1],
])("Retry-After from %s at %s is %s", (untilMs, nowMs, seconds) => {
  expect(secondsUntil(untilMs, nowMs)).toBe(seconds);
});
