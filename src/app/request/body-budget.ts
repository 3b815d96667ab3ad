import * as limits from "../../common/limits.ts";

/** The part of the budget that one request holds. */
export interface BodyShare {
  /** Bytes that are allocated for the body, used or not. */
  bytes: number;
  /** When the last byte arrived, in milliseconds since the epoch. */
  lastMs: number;
}

/** Limits the memory of all bodies that are read, validated or forwarded at the same time. */
export interface BodyBudget {
  /**
   * Adds bytes to a share.
   *
   * @returns `false` if the budget is exhausted; the share is then empty
   */
  take(share: BodyShare, bytes: number, nowMs: number): boolean;
  /** Returns all bytes of a share. */
  release(share: BodyShare): void;
}

/**
 * Creates a budget. A share expires when its body has paused for longer than a request may. On Workers, the code of a
 * request may stop when its client disconnects, and nothing else would release the share.
 *
 * @param limitBytes for all shares together
 */
export function createBodyBudget(limitBytes: number): BodyBudget {
  const shares = new Set<BodyShare>();
  let total = 0;

  function release(share: BodyShare): void {
    if (shares.delete(share)) total -= share.bytes;
  }

  function dropExpired(nowMs: number): void {
    for (const share of shares) {
      // The clock may have been set back.
      if (Math.abs(nowMs - share.lastMs) > limits.bodyShareMilliseconds) release(share);
    }
  }

  return {
    take(share, bytes, nowMs) {
      release(share);
      const wanted = share.bytes + bytes;
      if (total + wanted > limitBytes) dropExpired(nowMs);
      if (total + wanted > limitBytes) return false;
      share.bytes = wanted;
      shares.add(share);
      total += wanted;
      return true;
    },
    release,
  };
}

/** The budget of this isolate, for all its Apps and gates. */
export const isolateBodies = createBodyBudget(limits.bufferedBodyBytes);
