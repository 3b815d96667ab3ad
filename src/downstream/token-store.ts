import type { DownstreamToken } from "../guard/downstream.ts";
import { type Background, type Io, sleep } from "../io.ts";
import { isLeased, underLease } from "../keys/lease.ts";
import * as limits from "../limits.ts";
import { fail, type Result } from "../result.ts";
import type { Acquire } from "./acquisition.ts";
import {
  createEntry,
  isBackingOff,
  isDue,
  readEntry,
  type SettledFailure,
  settleFailure,
  settleToken,
  type TokenEntry,
} from "./entry.ts";
import type { SharedTier } from "./shared-tier.ts";
import type { TokenRequest } from "./token-request.ts";

/** The tokens for other APIs that an isolate holds, for all callers. */
export interface DownstreamTokens {
  /**
   * Finds a token: in memory, else in the shared tier, else at Entra, which is asked once however many requests wait.
   *
   * @param background keeps a renewal alive past the answer
   * @returns within `downstreamWaitMilliseconds`; never throws
   */
  find(request: TokenRequest, background: Background): Promise<Result<DownstreamToken, SettledFailure>>;
}

/** Makes an empty store. Does no I/O. */
export function createDownstreamTokens(io: Io, shared: SharedTier, acquire: Acquire): DownstreamTokens {
  /** The least recently used first. */
  const entries = new Map<string, TokenEntry>();

  function entryOf(key: string): TokenEntry {
    const entry = entries.get(key) ?? createEntry();
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= limits.downstreamTokens) break;
      entries.delete(oldest);
    }
    return entry;
  }

  function fly(entry: TokenEntry, request: TokenRequest, background: Background): Promise<void> {
    const flight = underLease(io, entry, limits.downstreamLeaseMilliseconds, () => renew(entry, request, background));
    background(flight);
    return flight;
  }

  async function renew(entry: TokenEntry, request: TokenRequest, background: Background): Promise<void> {
    const { key, plainKey, claims } = request;
    const found = claims === undefined ? await shared.read(key) : undefined;
    if (found !== undefined && !isDue(found, io.now())) {
      settleToken(entry, found);
      return;
    }
    const acquired = await acquire(request);
    if (!acquired.ok) {
      settleFailure(entry, acquired.error, io);
      io.log({ event: "downstream_failed", tenant: request.tenant, scopes: request.scopes, ...acquired.error });
      return;
    }
    settleToken(entry, acquired.value);
    if (claims === undefined) background(shared.write(key, acquired.value));
    // What was there before is what the API behind refused.
    else forget(plainKey, background);
  }

  function forget(key: string, background: Background): void {
    const entry = entries.get(key);
    if (entry !== undefined) entry.token = undefined;
    background(shared.remove(key));
  }

  return {
    async find(request, background) {
      const entry = entryOf(request.key);
      const settledBefore = request.claims === undefined ? -1 : entry.settled;
      const giveUpAtMs = io.now() + limits.downstreamWaitMilliseconds;
      for (let flights = 0; ; ) {
        const nowMs = io.now();
        const answer = entry.settled > settledBefore ? readEntry(entry, nowMs) : undefined;
        if (answer !== undefined) {
          const renews =
            answer.ok && isDue(answer.value, nowMs) && !isLeased(entry, nowMs) && !isBackingOff(entry, nowMs);
          if (renews && request.claims === undefined) fly(entry, request, background);
          return answer;
        }
        // A challenge may have made worthless in between what the first flight brought.
        if (nowMs >= giveUpAtMs || flights > 1) {
          return fail({ failure: { kind: "unavailable", cause: "timed out" }, retryAtMs: nowMs });
        }
        if (isLeased(entry, nowMs)) {
          await sleep(io, limits.downstreamPollMilliseconds);
          continue;
        }
        flights += 1;
        await fly(entry, request, background);
      }
    },
  };
}
