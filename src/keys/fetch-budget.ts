import { unseenTenantFetchMilliseconds as intervalMs, unseenTenantFetches as size } from "../limits.ts";

/** Fetches that all unseen tenants of an isolate share: a caller can invent a tenant for each of its tokens. */
export interface FetchBudget {
  /**
   * Takes one fetch.
   *
   * @returns whether there was one left
   */
  take(nowMs: number): boolean;
  /** When there is a fetch to take, in milliseconds since the epoch. */
  nextAtMs(nowMs: number): number;
}

/** Makes a full budget: a token bucket of `unseenTenantFetches`, which gets one back each `unseenTenantFetchMilliseconds`. */
export function createFetchBudget(): FetchBudget {
  let fullAtMs = Number.NEGATIVE_INFINITY;

  /** When the bucket is full again; never further away than from empty, also where the clock was put back. */
  const readFullAtMs = (nowMs: number) => Math.min(Math.max(fullAtMs, nowMs), nowMs + size * intervalMs);
  const nextAtMs = (nowMs: number) => Math.max(nowMs, readFullAtMs(nowMs) - (size - 1) * intervalMs);

  return {
    nextAtMs,
    take(nowMs) {
      fullAtMs = readFullAtMs(nowMs);
      if (nextAtMs(nowMs) > nowMs) return false;
      fullAtMs += intervalMs;
      return true;
    },
  };
}
