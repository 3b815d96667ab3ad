import { describeCause } from "../cause.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import type { Denial } from "../denial.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import { createExpiringNames } from "../names.ts";
import { describeDenial } from "../refusal.ts";

/** Blocks addresses that send many bad tokens, so that they do not cost one signature verification each. */
export interface FailureLimit {
  /**
   * Checks whether an address may present a token that is not known.
   *
   * @returns the denial, or `undefined` if the address may
   */
  check(address: string): Denial | undefined;
  /**
   * Counts a refused request if its credential was bad. Never rejects.
   *
   * @param limiter decides when there are too many
   */
  count(limiter: RateLimiter, address: string, denial: Denial): Promise<void>;
}

/**
 * Creates a limit. The binding counts. The gate remembers blocked addresses, up to a maximum, for the longest window
 * that the binding supports.
 */
export function createFailureLimit(io: Pick<Io, "now" | "after" | "log">): FailureLimit {
  const blocked = createExpiringNames(limits.blockedAddresses);
  let complained = false;

  return {
    check(address) {
      const leftMs = blocked.leftMs(address, io.now());
      return leftMs > 0 ? { reason: "too_many_failures", retryAfterSeconds: Math.ceil(leftMs / 1_000) } : undefined;
    },
    async count(limiter, address, denial) {
      if (!isBadCredential(denial)) return;
      try {
        const asked = limiter.limit({ key: `failure ${address}` });
        const answer = await withDeadline(io, limits.callbackMilliseconds, asked);
        if (answer?.success === false) blocked.add(address, io.now() + limits.failureBlockMilliseconds);
      } catch (cause) {
        // The request is refused in any case. The error is logged once, because a broken binding fails each time.
        if (!complained) io.log({ event: "failure_limit_broken", problem: describeCause(cause) });
        complained = true;
      }
    },
  };
}

/** Excludes requests without a credential, callers without permission, and tokens that could not be verified. */
function isBadCredential(denial: Denial): boolean {
  const error = describeDenial(denial).challenge?.error;
  return error === "invalid_token" || error === "invalid_request";
}
