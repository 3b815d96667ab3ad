import type { Io } from "../io.ts";

/** What one request renews while others wait, without ever sharing a promise: on Workers that dies with its request. */
export interface Leased {
  /** The request that holds it is fetching; others wait until it is gone or has lapsed. */
  lease: { readonly untilMs: number } | undefined;
}

export function isLeased({ lease }: Leased, nowMs: number): boolean {
  return lease !== undefined && nowMs < lease.untilMs;
}

/**
 * Does some work while an entry is leased. The outcome is left in the entry as a settled value; the promise is for the
 * request that does the work alone.
 *
 * @param leaseMs after which another request may take the lease, in milliseconds
 */
export async function underLease(
  io: Pick<Io, "now">,
  entry: Leased,
  leaseMs: number,
  work: () => Promise<void>,
): Promise<void> {
  const lease = { untilMs: io.now() + leaseMs };
  entry.lease = lease;
  try {
    await work();
  } finally {
    // Unless it lapsed and another request holds one by now.
    if (entry.lease === lease) entry.lease = undefined;
  }
}
