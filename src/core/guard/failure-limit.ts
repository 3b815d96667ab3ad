import type { Denial } from "../../base/common/denial.ts";
import type { Io } from "../../base/common/io.ts";
import { describeDenial } from "../../base/common/refusal.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import { createAddressBlocks } from "./address-blocks.ts";

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

/** Creates a limit without blocked addresses. */
export function createFailureLimit(io: Pick<Io, "now" | "after" | "log">): FailureLimit {
  const blocks = createAddressBlocks(io, "failure");
  return {
    check(address) {
      const retryAfterSeconds = blocks.leftSeconds(address);
      return retryAfterSeconds === undefined ? undefined : { reason: "too_many_failures", retryAfterSeconds };
    },
    count: async (limiter, address, denial) => (isBadCredential(denial) ? blocks.count(limiter, address) : undefined),
  };
}

/** Excludes requests without a credential, callers without permission, and tokens that could not be verified. */
function isBadCredential(denial: Denial): boolean {
  const error = describeDenial(denial).challenge?.error;
  return error === "invalid_token" || error === "invalid_request";
}
