import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createFetchBudget, type FetchBudget } from "../../../src/core/keys/fetch-budget.ts";

const { unseenTenantFetches: size, unseenTenantFetchMilliseconds: intervalMs } = limits;
const startMs = 1_000_000_000;

function takeAll(budget: FetchBudget, nowMs: number): number {
  let taken = 0;
  while (budget.take(nowMs)) taken += 1;
  return taken;
}

describe("the budget of fetches for unseen tenants", () => {
  it("starts full, and can be used up", () => {
    const budget = createFetchBudget();
    expect(takeAll(budget, startMs)).toBe(size);
    expect(budget.nextAtMs(startMs)).toBe(startMs + intervalMs);
  });

  it("gets one back after each interval, and not a millisecond earlier", () => {
    const budget = createFetchBudget();
    takeAll(budget, startMs);
    expect(budget.take(startMs + intervalMs - 1)).toBe(false);
    expect(takeAll(budget, startMs + intervalMs)).toBe(1);
    expect(takeAll(budget, startMs + 11 * intervalMs)).toBe(10);
  });

  it("never exceeds its size, even after a long time", () => {
    const budget = createFetchBudget();
    takeAll(budget, startMs);
    expect(takeAll(budget, startMs + 1_000 * size * intervalMs)).toBe(size);
  });

  it("is full again after the time of a whole budget, even if the clock was put back by an hour", () => {
    const budget = createFetchBudget();
    takeAll(budget, startMs);
    const earlierMs = startMs - 3_600_000;
    expect(budget.take(earlierMs)).toBe(false);
    expect(takeAll(budget, earlierMs + size * intervalMs)).toBe(size);
  });
});
