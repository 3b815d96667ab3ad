import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";

/** The count of a caller. */
export interface RateHit {
  /** In the window, including this request. */
  readonly count: number;
  /** When the window ends, in milliseconds since the epoch. */
  readonly resetMs: number;
}

/** What a store gets in addition to the caller and the window. */
export interface RateTerms {
  /** Higher counts need not be distinguished. */
  readonly max: number;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
}

/** Counts callers. */
export interface RateStore {
  /**
   * Counts one request of a caller. If it throws, or takes longer than three seconds, the request gets 500.
   *
   * @param key identity of the caller, after a word that says what it is: `key`, `principal` or `address`
   * @param windowMs length of a new window, in milliseconds
   */
  hit(key: string, windowMs: number, terms: RateTerms): RateHit | Promise<RateHit>;
}

/** Counts in memory, without waiting. */
export interface MemoryStore extends RateStore {
  hit(key: string, windowMs: number, terms?: RateTerms): RateHit;
}

/** The shared count of callers that no longer fit. */
const overflowKey = "";

/**
 * Counts in the memory of one isolate, in fixed windows. Callers beyond `limits.rateLimitCallers` share one count. If
 * old callers were removed instead, a flood would reset its own counts.
 *
 * @param io clock
 */
export function createMemoryStore(io: Pick<Io, "now">): MemoryStore {
  // All windows have the same length, so those that end first come first.
  const windows = new Map<string, { count: number; fromMs: number; resetMs: number }>();

  function forget(nowMs: number): void {
    for (const [key, { fromMs, resetMs }] of windows) {
      if (isWithin(fromMs, resetMs, nowMs)) return;
      windows.delete(key);
    }
  }

  function hit(key: string, windowMs: number): RateHit {
    const nowMs = io.now();
    const window = windows.get(key);
    if (window !== undefined && isWithin(window.fromMs, window.resetMs, nowMs)) {
      window.count += 1;
      return window;
    }
    forget(nowMs);
    if (key !== overflowKey && windows.size >= limits.rateLimitCallers) return hit(overflowKey, windowMs);
    const begun = { count: 1, fromMs: nowMs, resetMs: nowMs + windowMs };
    windows.set(key, begun);
    return begun;
  }

  return { hit };
}
