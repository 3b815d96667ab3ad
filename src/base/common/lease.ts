import type { Io } from "./io.ts";
import { isWithin } from "./period.ts";

/**
 * The state of a renewal by one request while others wait. They share no promise, because on Workers it ends with its
 * request.
 */
export interface Leased {
  /** The request that holds it fetches. Others wait until it is released or expires. */
  lease: { readonly fromMs: number; readonly untilMs: number } | undefined;
}

export function isLeased({ lease }: Leased, nowMs: number): boolean {
  return lease !== undefined && isWithin(lease.fromMs, lease.untilMs, nowMs);
}

/**
 * Does work while the holder of its result is leased. The work stores the result there as a settled value. Only the
 * request that does the work may await the promise.
 *
 * @param leaseMs after this time, in milliseconds, another request may take the lease
 */
export async function underLease(
  io: Pick<Io, "now">,
  holder: Leased,
  leaseMs: number,
  work: () => Promise<void>,
): Promise<void> {
  const fromMs = io.now();
  const lease = { fromMs, untilMs: fromMs + leaseMs };
  holder.lease = lease;
  try {
    await work();
  } finally {
    // Unless the lease expired and another request has taken it.
    if (holder.lease === lease) holder.lease = undefined;
  }
}
