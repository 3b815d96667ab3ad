import { describeCause } from "../cause.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import type { Denial } from "../denial.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import { describeDenial } from "../refusal.ts";

/** Keeps those who send one bad token after the other from costing a signature's verification each. */
export interface FailureLimit {
  /**
   * Whether an address may try a token that is not known to be good.
   *
   * @returns why not, or `undefined` where it may
   */
  check(address: string): Denial | undefined;
  /**
   * Counts a refused request, where it was its credential that was refused. Never rejects.
   *
   * @param limiter says when there were too many
   */
  count(limiter: RateLimiter, address: string, denial: Denial): Promise<void>;
}

/**
 * Makes a limit that blocks nobody yet. The binding counts; who is over it is remembered here, bounded in number, for as long
 * as a window of the binding lasts at most.
 */
export function createFailureLimit(io: Pick<Io, "now" | "after" | "log">): FailureLimit {
  const blockedUntilMs = new Map<string, number>();
  let complained = false;

  function block(address: string): void {
    if (blockedUntilMs.size >= limits.blockedAddresses) {
      const [oldest] = blockedUntilMs.keys();
      if (oldest !== undefined) blockedUntilMs.delete(oldest);
    }
    blockedUntilMs.set(address, io.now() + limits.failureBlockMilliseconds);
  }

  return {
    check(address) {
      const leftMs = (blockedUntilMs.get(address) ?? 0) - io.now();
      if (leftMs > 0) return { reason: "too_many_failures", retryAfterSeconds: Math.ceil(leftMs / 1_000) };
      blockedUntilMs.delete(address);
      return undefined;
    },
    async count(limiter, address, denial) {
      if (!isBadCredential(denial)) return;
      try {
        const asked = limiter.limit({ key: `failure ${address}` });
        const answer = await withDeadline(io, limits.callbackMilliseconds, asked);
        if (answer?.success === false) block(address);
      } catch (cause) {
        // The request itself is refused in any case. One line is enough: a broken binding fails every time.
        if (!complained) io.log({ event: "failure_limit_broken", problem: describeCause(cause) });
        complained = true;
      }
    },
  };
}

/** Neither those who sent none, nor those who are known and may not, nor those whose token nobody could check. */
function isBadCredential(denial: Denial): boolean {
  const error = describeDenial(denial).challenge?.error;
  return error === "invalid_token" || error === "invalid_request";
}
