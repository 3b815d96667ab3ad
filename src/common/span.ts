/**
 * Whether a span of time goes on. All times are in milliseconds since the epoch. A time before the span counts as one that is as long
 * after its start: the clock of a request can be some milliseconds behind that of another, and if the clock was set back by
 * more than the length of the span, the span has ended.
 */
export function goesOn(fromMs: number, untilMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - fromMs) < untilMs - fromMs;
}
