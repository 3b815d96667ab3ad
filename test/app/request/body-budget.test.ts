import { describe, expect, it } from "vitest";
import { ServiceUnavailableError } from "../../../src/app/errors/errors.ts";
import { createBodyBudget } from "../../../src/app/request/read-body.ts";

const share = (lastMs = 0) => ({ bytes: 0, lastMs });

describe("a budget for bodies", () => {
  it("counts bytes until they are released", () => {
    const budget = createBodyBudget(100);
    const [first, second] = [share(), share()];
    budget.take(first, 60);
    expect(() => budget.take(second, 41)).toThrow(ServiceUnavailableError);
    budget.take(second, 40);
    expect(() => budget.take(first, 1)).toThrow(ServiceUnavailableError);
    // A refused body holds no bytes.
    budget.take(second, 60);
    budget.release(second);
    budget.release(second);
    expect(() => budget.take(share(), 101)).toThrow(ServiceUnavailableError);
    budget.take(share(), 100);
  });

  it("reclaims unreleased bytes after 16 seconds, if another body needs them", () => {
    const budget = createBodyBudget(100);
    const forgotten = share(1_000);
    budget.take(forgotten, 100);
    expect(() => budget.take(share(17_000), 100)).toThrow(ServiceUnavailableError);
    const next = share(17_001);
    budget.take(next, 100);
    // The owner of the reclaimed bytes continues.
    budget.release(forgotten);
    expect(() => budget.take(share(17_001), 1)).toThrow(ServiceUnavailableError);
  });

  it("reclaims unreleased bytes if the clock was set back", () => {
    const budget = createBodyBudget(100);
    budget.take(share(100_000), 100);
    // The clock of a request can be some milliseconds behind that of another.
    expect(() => budget.take(share(99_950), 100)).toThrow(ServiceUnavailableError);
    budget.take(share(1_000), 100);
  });
});
