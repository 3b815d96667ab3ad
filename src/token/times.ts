import type { Denial, TimeClaim } from "../denial.ts";
import * as limits from "../limits.ts";
import type { JsonObject } from "./json.ts";

const timeClaims: readonly TimeClaim[] = ["exp", "nbf", "iat"];

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519 section 4.1): all three are there, whole seconds, in order, not too far
 * apart, and around now.
 *
 * @param skewSeconds how far this clock and Entra's may differ
 * @param nowSeconds since the epoch
 * @returns what is wrong, or `undefined`
 */
export function checkTimes(claims: JsonObject, skewSeconds: number, nowSeconds: number): Denial | undefined {
  for (const claim of timeClaims) {
    const value = claims[claim];
    // Not Number.isFinite alone: 1e300 is finite, and arithmetic with it is not exact.
    if (!Number.isSafeInteger(value) || (value as number) < 0) return { reason: "time_invalid", claim };
  }
  const { exp, nbf, iat } = claims as Record<TimeClaim, number>;
  if (nbf >= exp || iat >= exp) return { reason: "times_out_of_order" };
  if (exp - Math.min(nbf, iat) > limits.tokenLifetimeSeconds) return { reason: "lifetime_too_long" };
  if (nowSeconds >= exp + skewSeconds) return { reason: "expired" };
  if (Math.max(nbf, iat) > nowSeconds + skewSeconds) return { reason: "not_yet_valid" };
  return undefined;
}

/** Whether claims that passed {@link checkTimes} once still do. */
export function isTimely(claims: JsonObject, skewSeconds: number, nowSeconds: number): boolean {
  return checkTimes(claims, skewSeconds, nowSeconds) === undefined;
}
