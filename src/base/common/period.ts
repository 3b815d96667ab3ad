/**
 * Whether a period has not ended. All times are in milliseconds since the epoch.
 *
 * A time shortly before the start counts as within the period, because the clocks of two requests can differ by some
 * milliseconds. A time that is before the start by the length of the period or more means that the clock was set back.
 * The period has then ended.
 */
export function isWithin(fromMs: number, untilMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - fromMs) < untilMs - fromMs;
}

/**
 * Returns the seconds until a time for `Retry-After`: a whole number of at least 1, and 1 if the time or the clock is
 * not a number.
 */
export function secondsUntil(untilMs: number, nowMs: number): number {
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  return Number.isSafeInteger(seconds) && seconds > 1 ? seconds : 1;
}
