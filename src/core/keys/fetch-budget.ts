import { unseenTenantFetchMilliseconds as intervalMs, unseenTenantFetches as size } from "../../base/common/limits.ts";

/** The fetches that all unseen tenants of an isolate share, because a caller can invent a tenant for each token. */
export interface FetchBudget {
  /**
   * Takes one fetch.
   *
   * @returns whether one was left
   */
  take(nowMs: number): boolean;
  /** When the next fetch is available, in milliseconds since the epoch. */
  nextAtMs(nowMs: number): number;
}

/**
 * Creates a full token bucket of `unseenTenantFetches`, which gets one fetch back each `unseenTenantFetchMilliseconds`.
 */
export function createFetchBudget(): FetchBudget {
  let fullAtMs = Number.NEGATIVE_INFINITY;

  /** When the bucket is full again. The limit matters if the clock is set back. */
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
