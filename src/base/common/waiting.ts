import { type Background, type Io, sleep } from "./io.ts";
import { isLeased, type Leased, underLease } from "./lease.ts";

/** How a request waits for a result that this or another request fetches. */
export interface Waiting<Answer> {
  /** What is leased while a request fetches. */
  readonly holder: Leased;
  /** After this time, another request may fetch. */
  readonly leaseMs: number;
  /** How often a request looks for the result of another one. */
  readonly pollMs: number;
  /** After this time, a request gives up. */
  readonly waitMs: number;
  /**
   * Answers from what was fetched.
   *
   * @param fetches how many times this request has fetched
   * @returns `undefined` if the request has to wait or to fetch
   */
  readonly read: (nowMs: number, fetches: number) => Answer | undefined;
  /** Answers while no request fetches and this one must not, for example after a failure. */
  readonly refrain?: (nowMs: number, fetches: number) => Answer | undefined;
  /** Fetches, and stores the result or the failure as a settled value. */
  readonly fetch: () => Promise<void>;
  /** Answers when the time to wait is over. */
  readonly giveUp: (nowMs: number) => Answer;
}

/**
 * Waits for a result that one of many requests fetches. On Workers, no request may await the promise of another, so
 * requests share only settled values. Each looks for the result at intervals. When the lease ends without one, another
 * request fetches.
 *
 * @param background keeps the fetch of this request alive if its client leaves
 */
export async function waitForFetch<Answer>(
  io: Pick<Io, "now" | "after">,
  { holder, leaseMs, pollMs, waitMs, read, refrain, fetch, giveUp }: Waiting<Answer>,
  background: Background,
): Promise<Answer> {
  const giveUpAtMs = io.now() + waitMs;
  for (let fetches = 0; ; ) {
    const nowMs = io.now();
    const found = read(nowMs, fetches);
    if (found !== undefined) return found;
    // A clock that is not a number ends the wait too.
    if (!(nowMs < giveUpAtMs)) return giveUp(nowMs);
    if (isLeased(holder, nowMs)) {
      await sleep(io, pollMs);
      continue;
    }
    const held = refrain?.(nowMs, fetches);
    if (held !== undefined) return held;
    fetches += 1;
    const flight = underLease(io, holder, leaseMs, fetch);
    background(flight);
    await flight;
  }
}
