import { createRandom } from "../../support/random.ts";

/** A clock, timers and random numbers that a seed decides. */
export interface Scheduler {
  now(): number;
  random(): number;
  pick<T>(items: readonly T[]): T;
  after(delayMs: number, callback: () => void): () => void;
  /** Moves the clock and fires due callbacks in order; throws the error of a callback. */
  advance(durationMs: number): Promise<void>;
  /** Makes the next `advance` throw. */
  fail(error: unknown): void;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export function createScheduler(seed: number): Scheduler {
  const timers = new Set<Timer>();
  let nowMs = 1_800_000_000_000;
  let order = 0;
  const random = createRandom(seed);
  let failure: { readonly error: unknown } | undefined;

  function next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue;
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  async function settle(): Promise<void> {
    // All promises settle before the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (failure !== undefined) throw failure.error;
  }

  return {
    now: () => nowMs,
    random,
    pick: (items) => items[Math.floor(random() * items.length)] as (typeof items)[number],
    after(delayMs, callback) {
      order += 1;
      const timer = { dueMs: nowMs + delayMs, order, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      await settle();
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    fail(error) {
      failure ??= { error };
    },
  };
}
