import { describeCause } from "../../base/common/cause.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { createExpiringNames } from "../../base/common/names.ts";
import type { LimiterUse, RateLimiter } from "../config/rate-limiter.ts";

/** Addresses that fail too often. */
export interface AddressBlocks {
  /** @returns how long the address stays blocked, in seconds; `undefined` if it is not blocked */
  leftSeconds(address: string): number | undefined;
  /**
   * Counts one failure. Never rejects.
   *
   * @param limiter decides when there are too many
   */
  count(limiter: RateLimiter, address: string): Promise<void>;
}

/**
 * Creates an empty list. The limiter counts. The gate remembers blocked addresses, up to a maximum, for the longest
 * window that the binding RATE_LIMITER supports.
 *
 * @param use keeps the counts apart from all others
 */
export function createAddressBlocks(io: Pick<Io, "now" | "after" | "log">, use: LimiterUse): AddressBlocks {
  const blocked = createExpiringNames(limits.blockedAddresses, limits.failureBlockMilliseconds);
  let complained = false;

  return {
    leftSeconds(address) {
      const leftMs = blocked.leftMs(address, io.now());
      return leftMs > 0 ? Math.ceil(leftMs / 1_000) : undefined;
    },
    async count(limiter, address) {
      try {
        const asked = limiter.limit({ key: `${use} ${address}` });
        const answer = await withDeadline(io, limits.callbackMilliseconds, asked);
        if (answer?.success === false) blocked.add(address, io.now() + limits.failureBlockMilliseconds);
      } catch (cause) {
        // The request has failed in any case. The error is logged once, because a broken binding fails each time.
        if (!complained) io.log({ event: "failure_limit_broken", level: "error", problem: describeCause(cause) });
        complained = true;
      }
    },
  };
}
