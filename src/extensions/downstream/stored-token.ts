import type { Io } from "../../base/common/io.ts";
import type { Leased } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { DownstreamToken } from "../../core/guard/downstream.ts";
import { isFinal, type TokenFailure } from "./failure.ts";

/** A failure, and the time of the next request to Entra. */
export interface SettledFailure {
  readonly failure: TokenFailure;
  readonly failedAtMs: number;
  readonly retryAtMs: number;
}

/** The state of one token request in an isolate. It contains only settled values. */
export interface StoredToken extends Leased {
  token: DownstreamToken | undefined;
  /** The last attempt, if it failed. */
  failed: SettledFailure | undefined;
  /** Number of completed attempts. A challenge invalidates earlier results. */
  settled: number;
}

export function createStoredToken(): StoredToken {
  return { lease: undefined, token: undefined, failed: undefined, settled: 0 };
}

/** Returns the current result; `undefined` if Entra must be asked. */
export function readStoredToken(
  stored: StoredToken,
  nowMs: number,
): Result<DownstreamToken, SettledFailure> | undefined {
  const { token, failed } = stored;
  if (token !== undefined && nowMs < (token.expiresAtSeconds - limits.downstreamMarginSeconds) * 1_000) {
    return succeed(token);
  }
  return isBackingOff(stored, nowMs) && failed !== undefined ? fail(failed) : undefined;
}

/** Whether a token is due for renewal in the background. */
export function isDue({ expiresAtSeconds }: DownstreamToken, nowMs: number): boolean {
  return nowMs >= (expiresAtSeconds - limits.downstreamRenewalSeconds) * 1_000;
}

export function isBackingOff({ failed }: StoredToken, nowMs: number): boolean {
  return failed !== undefined && isWithin(failed.failedAtMs, failed.retryAtMs, nowMs);
}

/** Stores a token. */
export function settleToken(stored: StoredToken, token: DownstreamToken): void {
  stored.token = token;
  stored.failed = undefined;
  stored.settled += 1;
}

/** Stores a failure for a short time. The token remains, unless Entra would refuse it now. */
export function settleFailure(stored: StoredToken, failure: TokenFailure, io: Pick<Io, "now">): void {
  const waitMs = failure.kind === "throttled" ? failure.retryAfterMs : limits.downstreamFailureMilliseconds;
  const failedAtMs = io.now();
  stored.failed = { failure, failedAtMs, retryAtMs: failedAtMs + waitMs };
  if (isFinal(failure)) stored.token = undefined;
  stored.settled += 1;
}
