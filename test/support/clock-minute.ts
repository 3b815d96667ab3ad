import { setTimeout as delay } from "node:timers/promises";

const minuteMs = 60_000;
/** Longer than a test counts on a busy machine. */
const neededMs = 20_000;

/**
 * Waits for the next minute of the clock if this one ends soon. RATE_LIMITER counts anew in each, in the middle of a
 * test too.
 */
export async function waitForMinute(): Promise<void> {
  const leftMs = minuteMs - (Date.now() % minuteMs);
  if (leftMs < neededMs) await delay(leftMs + 10);
}
