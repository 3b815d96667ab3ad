import { type CryptoKey, importJWK, type JWK } from "jose";
import type { Background, Io } from "../base/common/io.ts";
import { readJson } from "../base/common/json.ts";
import { isLeased, type Leased, underLease } from "../base/common/lease.ts";
import * as limits from "../base/common/limits.ts";
import { type Waiting, waitForFetch } from "../base/common/waiting.ts";
import { fetchDocument, withinFetchDeadline } from "../core/keys/document.ts";
import { readPublicMembers } from "../extensions/issuer/key-text.ts";

/** The public keys of the gate. */
export interface KeyCache {
  /**
   * Finds a key. An unknown `kid` causes at most one fetch in a while.
   *
   * @param background keeps a renewal alive after the response
   * @returns the key; `unknown` if the gate does not publish it, `unavailable` if nobody knows
   */
  find(kid: string, background: Background): Promise<CryptoKey | "unknown" | "unavailable">;
}

/**
 * Creates an empty cache. It renews the keys in the background, and keeps the last good set if the gate does not
 * answer. Requests share only settled values, because on Workers no request may await the promise of another.
 *
 * @param url of the key set
 */
export function createKeyCache(io: Pick<Io, "fetch" | "after" | "now">, url: string): KeyCache {
  const renewal: Leased = { lease: undefined };
  let keys: ReadonlyMap<string, CryptoKey> = new Map();
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function fetchKeys(): Promise<void> {
    const fetched = await withinFetchDeadline(io, (signal) => fetchDocument(io, url, signal));
    const found = fetched.ok ? await importKeys(fetched.value) : new Map();
    const nowMs = io.now();
    hasFailed = found.size === 0;
    triedAtMs = nowMs;
    if (hasFailed) return;
    keys = found;
    fetchedAtMs = nowMs;
  }

  return {
    async find(kid, background) {
      // The clock may have been set back.
      const ageAt = (nowMs: number) => Math.abs(nowMs - fetchedAtMs);
      const lookUp = (nowMs: number) =>
        ageAt(nowMs) < limits.assertionKeyLifetimeMilliseconds ? keys.get(kid) : undefined;
      const mayFetch = (nowMs: number, fetches: number) => {
        const pauseMs = hasFailed ? limits.assertionKeyRetryMilliseconds : limits.unknownKidCooldownMilliseconds;
        return fetches === 0 && Math.abs(nowMs - triedAtMs) >= pauseMs;
      };
      const waiting: Waiting<CryptoKey | "unknown" | "unavailable"> = {
        holder: renewal,
        leaseMs: limits.keyLeaseMilliseconds,
        pollMs: limits.keyPollMilliseconds,
        waitMs: limits.keyWaitMilliseconds,
        read(nowMs, fetches) {
          const key = lookUp(nowMs);
          if (key === undefined || ageAt(nowMs) >= limits.assertionKeyStaleMilliseconds) return undefined;
          const isDue = ageAt(nowMs) >= limits.assertionKeyRefreshMilliseconds && mayFetch(nowMs, fetches);
          if (isDue && !isLeased(renewal, nowMs)) {
            background(underLease(io, renewal, limits.keyLeaseMilliseconds, fetchKeys));
          }
          return key;
        },
        refrain: (nowMs, fetches) =>
          mayFetch(nowMs, fetches) ? undefined : (lookUp(nowMs) ?? (hasFailed ? "unavailable" : "unknown")),
        fetch: fetchKeys,
        giveUp: (nowMs) => lookUp(nowMs) ?? "unavailable",
      };
      return waitForFetch(io, waiting, background);
    },
  };
}

/**
 * Imports the usable keys of a set (RFC 7517 section 5). It ignores others, and returns none of a malformed document.
 */
async function importKeys(text: string): Promise<ReadonlyMap<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>();
  for (const member of readMembers(text)) {
    const { kid } = Object(member) as { readonly kid?: unknown };
    if (typeof kid !== "string" || kid.length > limits.kidCharacters) continue;
    // It refuses a private key: if it is published, anyone can sign.
    const read = readPublicMembers(member, "EC");
    const key = read.ok ? await importJWK(read.value as JWK, "ES256").catch(() => undefined) : undefined;
    if (key !== undefined) keys.set(kid, key as CryptoKey);
  }
  return keys;
}

function readMembers(text: string): readonly unknown[] {
  const { keys } = Object(readJson(text)) as { readonly keys?: unknown };
  return Array.isArray(keys) ? keys.slice(0, limits.assertionKeys) : [];
}
