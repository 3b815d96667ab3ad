/**
 * Whether a span of time has not ended. All times are in milliseconds since the epoch.
 *
 * A time shortly before the start counts as within the span, because the clocks of two requests can differ by some milliseconds. A time
 * that is before the start by the length of the span or more means that the clock was set back. The span has then ended.
 */
export function goesOn(fromMs: number, untilMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - fromMs) < untilMs - fromMs;
}
