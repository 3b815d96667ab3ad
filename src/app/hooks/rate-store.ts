import type { Io } from "../../io.ts";
import * as limits from "../../limits.ts";

/** How often a caller has come. */
export interface RateHit {
  /** Within the window, this time included. */
  readonly count: number;
  /** When the window ends, in milliseconds since the epoch. */
  readonly resetMs: number;
}

/** What a store is told beside the caller and the window. */
export interface RateTerms {
  /** Counts above it are all the same. */
  readonly max: number;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
}

/** Counts callers. */
export interface RateStore {
  hit(key: string, windowMs: number, terms: RateTerms): RateHit | Promise<RateHit>;
}

/** Where callers are counted together that no longer fit. */
const overflowKey = "";

/**
 * Counts in the memory of one isolate, in fixed windows. Bounded: callers beyond `limits.rateLimitCallers` share one
 * allowance, because forgetting some would hand a flood of them a new one each time.
 *
 * @param io clock
 */
export function createMemoryStore(io: Pick<Io, "now">): RateStore {
  // All windows are equally long, so those that end first stand first.
  const windows = new Map<string, { count: number; resetMs: number }>();

  function forget(nowMs: number): void {
    for (const [key, { resetMs }] of windows) {
      if (resetMs > nowMs) return;
      windows.delete(key);
    }
  }

  function hit(key: string, windowMs: number): RateHit {
    const nowMs = io.now();
    const window = windows.get(key);
    if (window !== undefined && window.resetMs > nowMs) {
      window.count += 1;
      return window;
    }
    forget(nowMs);
    if (key !== overflowKey && windows.size >= limits.rateLimitCallers) return hit(overflowKey, windowMs);
    const begun = { count: 1, resetMs: nowMs + windowMs };
    windows.set(key, begun);
    return begun;
  }

  return { hit };
}
