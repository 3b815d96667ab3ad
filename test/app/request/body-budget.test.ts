import { describe, expect, it } from "vitest";
import { createBodyBudget } from "../../../src/app/request/body-budget.ts";

const share = (lastMs = 0) => ({ bytes: 0, lastMs });

describe("a budget for bodies", () => {
  it("counts bytes until they are released", () => {
    const budget = createBodyBudget(100);
    const [first, second] = [share(), share()];
    expect(budget.take(first, 60, 0)).toBe(true);
    expect(budget.take(second, 41, 0)).toBe(false);
    expect(budget.take(second, 40, 0)).toBe(true);
    expect(budget.take(first, 1, 0)).toBe(false);
    // A refused body holds no bytes.
    expect(budget.take(second, 60, 0)).toBe(true);
    budget.release(second);
    budget.release(second);
    expect(budget.take(share(), 101, 0)).toBe(false);
    expect(budget.take(share(), 100, 0)).toBe(true);
  });

  it("reclaims unreleased bytes after 16 seconds, if another body needs them", () => {
    const budget = createBodyBudget(100);
    const forgotten = share(1_000);
    budget.take(forgotten, 100, 1_000);
    expect(budget.take(share(17_000), 100, 17_000)).toBe(false);
    const next = share(17_001);
    expect(budget.take(next, 100, 17_001)).toBe(true);
    // The owner of the reclaimed bytes continues.
    budget.release(forgotten);
    expect(budget.take(share(17_001), 1, 17_001)).toBe(false);
  });

  it("reclaims unreleased bytes if the clock was set back", () => {
    const budget = createBodyBudget(100);
    budget.take(share(100_000), 100, 100_000);
    // The clock of a request can be some milliseconds behind that of another.
    expect(budget.take(share(99_950), 100, 99_950)).toBe(false);
    expect(budget.take(share(1_000), 100, 1_000)).toBe(true);
  });
});
