import type { DownstreamToken } from "../guard/downstream.ts";
import type { Io } from "../io.ts";
import type { Leased } from "../keys/lease.ts";
import * as limits from "../limits.ts";
import { fail, type Result, succeed } from "../result.ts";
import { isFinal, type TokenFailure } from "./failure.ts";

/** A failure, and from when Entra is asked again. */
export interface SettledFailure {
  readonly failure: TokenFailure;
  readonly retryAtMs: number;
}

/** What an isolate knows of one question: settled values only. */
export interface TokenEntry extends Leased {
  token: DownstreamToken | undefined;
  /** The last attempt, where it failed. */
  failed: SettledFailure | undefined;
  /** How many attempts have settled: a challenge makes worthless whatever was there before. */
  settled: number;
}

export function createEntry(): TokenEntry {
  return { lease: undefined, token: undefined, failed: undefined, settled: 0 };
}

/** What an entry answers now; `undefined` where Entra must be asked. */
export function readEntry(entry: TokenEntry, nowMs: number): Result<DownstreamToken, SettledFailure> | undefined {
  const { token, failed } = entry;
  if (token !== undefined && nowMs < (token.expiresAtSeconds - limits.downstreamMarginSeconds) * 1_000) {
    return succeed(token);
  }
  return isBackingOff(entry, nowMs) && failed !== undefined ? fail(failed) : undefined;
}

/** Whether a token is to be renewed, behind the answer. */
export function isDue({ expiresAtSeconds }: DownstreamToken, nowMs: number): boolean {
  return nowMs >= (expiresAtSeconds - limits.downstreamRenewalSeconds) * 1_000;
}

export function isBackingOff({ failed }: TokenEntry, nowMs: number): boolean {
  return failed !== undefined && nowMs < failed.retryAtMs;
}

/** Takes a token. */
export function settleToken(entry: TokenEntry, token: DownstreamToken): void {
  entry.token = token;
  entry.failed = undefined;
  entry.settled += 1;
}

/** Remembers a failure for a moment. A token stays, unless Entra would not give it any more. */
export function settleFailure(entry: TokenEntry, failure: TokenFailure, io: Pick<Io, "now">): void {
  const waitMs = failure.kind === "throttled" ? failure.retryAfterMs : limits.downstreamFailureMilliseconds;
  entry.failed = { failure, retryAtMs: io.now() + waitMs };
  if (isFinal(failure)) entry.token = undefined;
  entry.settled += 1;
}
