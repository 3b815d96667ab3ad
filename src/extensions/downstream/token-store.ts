import type { Background, Io } from "../../base/common/io.ts";
import { isLeased, underLease } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { createRecent } from "../../base/common/recent.ts";
import { fail, type Result } from "../../base/common/result.ts";
import { type Waiting, waitForFetch } from "../../base/common/waiting.ts";
import type { DownstreamToken } from "../../core/guard/downstream.ts";
import type { Acquire } from "./acquisition.ts";
import type { SharedTier } from "./shared-tier.ts";
import {
  createStoredToken,
  isBackingOff,
  isDue,
  readStoredToken,
  type SettledFailure,
  type StoredToken,
  settleFailure,
  settleToken,
} from "./stored-token.ts";
import type { TokenRequest } from "./token-request.ts";

/** The tokens for other APIs in an isolate, for all callers. */
export interface TokenStore {
  /**
   * Finds a token in memory, in the shared tier, or at Entra, which is asked once for all waiting requests.
   *
   * @param background keeps a renewal alive after the response
   * @returns within `downstreamWaitMilliseconds`; never throws
   */
  find(request: TokenRequest, background: Background): Promise<Result<DownstreamToken, SettledFailure>>;
}

/** Creates an empty store. Does no I/O. */
export function createTokenStore(io: Io, shared: SharedTier, acquire: Acquire): TokenStore {
  const tokens = createRecent(limits.downstreamTokens, createStoredToken);

  async function renew(stored: StoredToken, request: TokenRequest, background: Background): Promise<void> {
    const { key, plainKey, claims } = request;
    const found = claims === undefined ? await shared.read(key) : undefined;
    if (found !== undefined && !isDue(found, io.now())) {
      settleToken(stored, found);
      return;
    }
    const acquired = await acquire(request, background);
    if (!acquired.ok) {
      settleFailure(stored, acquired.error, io);
      io.log({
        event: "downstream_failed",
        level: "warn",
        tenant: request.tenant,
        scopes: request.scopes,
        ...acquired.error,
      });
      return;
    }
    settleToken(stored, acquired.value);
    if (claims === undefined) background(shared.write(key, acquired.value));
    // The API has refused the token that was stored before.
    else forget(plainKey, background);
  }

  function forget(key: string, background: Background): void {
    const stored = tokens.get(key);
    if (stored !== undefined) stored.token = undefined;
    background(shared.remove(key));
  }

  return {
    async find(request, background) {
      const stored = tokens.use(request.key);
      const settledBefore = request.claims === undefined ? -1 : stored.settled;
      const fetch = () => renew(stored, request, background);
      const giveUp = (nowMs: number) =>
        fail({ failure: { kind: "unavailable", cause: "timed out" }, failedAtMs: nowMs, retryAtMs: nowMs } as const);
      const waiting: Waiting<Result<DownstreamToken, SettledFailure>> = {
        holder: stored,
        leaseMs: limits.downstreamLeaseMilliseconds,
        pollMs: limits.downstreamPollMilliseconds,
        waitMs: limits.downstreamWaitMilliseconds,
        read(nowMs, fetches) {
          const found = stored.settled > settledBefore ? readStoredToken(stored, nowMs) : undefined;
          // A challenge can invalidate the result of the first acquisition in the meantime.
          if (found === undefined) return fetches > 1 ? giveUp(nowMs) : undefined;
          const renews =
            found.ok && isDue(found.value, nowMs) && !isLeased(stored, nowMs) && !isBackingOff(stored, nowMs);
          if (renews && request.claims === undefined) {
            background(underLease(io, stored, limits.downstreamLeaseMilliseconds, fetch));
          }
          return found;
        },
        fetch,
        giveUp,
      };
      return waitForFetch(io, waiting, background);
    },
  };
}
