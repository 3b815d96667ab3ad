import * as limits from "../../limits.ts";

/** What one request holds of the budget. */
export interface BodyShare {
  /** Allocated for the body, used or not. */
  bytes: number;
  /** When the last byte came, in milliseconds since the epoch. */
  lastMs: number;
}

/** Bounds the memory of all bodies that are read, validated or on their way to an origin at the same time. */
export interface BodyBudget {
  /**
   * Adds bytes to a share.
   *
   * @returns `false` where the budget is spent; then the share is empty
   */
  take(share: BodyShare, bytes: number, nowMs: number): boolean;
  /** Returns all bytes of a share. */
  release(share: BodyShare): void;
}

/**
 * Makes a budget. A share expires once its body has been silent for longer than a request may be: on Workers, the code of a
 * request whose client has gone may never run again, and nobody would release the share.
 *
 * @param limitBytes of all shares together
 */
export function createBodyBudget(limitBytes: number): BodyBudget {
  const shares = new Set<BodyShare>();
  let total = 0;

  function release(share: BodyShare): void {
    if (shares.delete(share)) total -= share.bytes;
  }

  function dropExpired(nowMs: number): void {
    for (const share of shares) {
      if (nowMs - share.lastMs > limits.bodyShareMilliseconds) release(share);
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

/** The budget of this isolate, for every App and gate in it. */
export const isolateBodies = createBodyBudget(limits.bufferedBodyBytes);
