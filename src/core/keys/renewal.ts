import { describeCause } from "../../base/common/cause.ts";
import { type Background, type Io, sleep, withDeadline } from "../../base/common/io.ts";
import { underLease } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { fetchKeyDocument } from "./authority-tier.ts";
import {
  type CachedKeys,
  describeCachedKeys,
  hasLiveSet,
  isDue,
  lookUp,
  settleFailure,
  settleSet,
  takeFetch,
} from "./cached-keys.ts";
import type { FetchFailure } from "./document.ts";
import { readEdge, writeEdge } from "./edge-tier.ts";
import { completeKeySet, importKeys, type KeyDocument, readKeySet } from "./key-set.ts";

/** How far a renewal goes: to the data center's cache only, or to the authority too. */
export type Reach = "edge" | "authority";

/** What a renewal is for. */
export interface Purpose {
  readonly reach: Reach;
  /** What a request waits for, if one does. */
  readonly asked?: { readonly kid: string; readonly onImported: () => void };
}

/**
 * Renews the keys of a source under a lease, so that an isolate fetches once for all requests that need the keys. The
 * result is stored as a settled value. Only the request that started the renewal may await the promise.
 *
 * @returns a promise that resolves after the renewal, and never rejects. It calls `onImported` earlier if it gets the
 *   key ID of a request that waits in a cold isolate.
 */
export function renewKeys(io: Io, cached: CachedKeys, purpose: Purpose, background: Background): Promise<void> {
  return underLease(io, cached, limits.keyLeaseMilliseconds, async () => {
    try {
      await renew(io, cached, purpose, background);
    } catch (cause) {
      settleAndLogFailure(io, cached, { problem: describeCause(cause) });
    }
  });
}

async function renew(io: Io, cached: CachedKeys, purpose: Purpose, background: Background): Promise<void> {
  const { reach, asked } = purpose;
  cached.edgeReadAtMs = io.now();
  const reading = readEdge(io, cached.source.id);
  const isLate = asked !== undefined && !(await answersSoon(io, reading));
  if (!isLate) await adoptFromEdge(io, cached, await reading, asked);
  if (reach === "edge" || isSatisfied(io, cached, asked?.kid) || !takeFetch(cached, io.now())) {
    if (isLate) await adoptFromEdge(io, cached, await reading, asked);
    return;
  }
  const renews = hasLiveSet(cached, io.now());
  const fetching = fetchKeyDocument(io, cached.source);
  // The documents are adopted one after the other. What the cache has is older than what the authority has just
  // answered.
  const isEdgeFirst = isLate && (await Promise.race([reading.then(() => true), fetching.then(() => false)]));
  if (isEdgeFirst) await adoptFromEdge(io, cached, await reading, asked);
  const fetched = await fetching;
  const failure = fetched.ok ? await adopt(io, cached, fetched.value, "authority", asked) : fetched.error;
  if (failure !== undefined && isLate && !isEdgeFirst) await adoptFromEdge(io, cached, await reading, asked);
  if (failure !== undefined) settleAndLogFailure(io, cached, failure);
  else if (fetched.ok) background(writeEdge(io, fetched.value));
  // Only a completed fetch starts the cooldown, because an aborted one does not show that the key ID is unknown. The
  // lease limits concurrent fetches. If a cold set contains the key ID, there is no flood.
  if (asked !== undefined && (renews || !cached.set?.keys.has(asked.kid))) cached.unknownKidFetchAtMs = io.now();
}

/** Whether the data center's cache answers so soon that the authority need not be asked meanwhile. */
async function answersSoon(io: Io, reading: Promise<unknown>): Promise<boolean> {
  return (
    (await withDeadline(
      io,
      limits.edgeHeadStartMilliseconds,
      reading.then(() => true),
    )) === true
  );
}

/**
 * Adopts a document of another isolate. It must be newer than the cached one, so that a removed key does not return.
 */
async function adoptFromEdge(
  io: Io,
  cached: CachedKeys,
  document: KeyDocument | undefined,
  asked: Purpose["asked"],
): Promise<void> {
  if (document !== undefined && !isOlder(cached, document)) await adopt(io, cached, document, "edge", asked);
}

/**
 * Parses and stores a document; returns its fault. The authority's document always counts, even if the clock was set
 * back. In a cold isolate, the keys that a request waits for come first.
 */
async function adopt(
  io: Io,
  cached: CachedKeys,
  document: KeyDocument,
  from: "edge" | "authority",
  asked: Purpose["asked"],
): Promise<FetchFailure | undefined> {
  const { set, arriving } = cached;
  /** Another request may have taken the lease, and stored a newer document meanwhile. */
  const isOvertaken = () => cached.set !== set && isOlder(cached, document);
  const read = readKeySet(document, from, (arriving ?? set)?.keys, cached.shared);
  if (!read.ok) return { problem: read.error };
  if (asked !== undefined && !hasLiveSet(cached, io.now())) {
    await importKeys(read.value, asked.kid);
    if (read.value.keys.has(asked.kid) && !isOvertaken()) {
      cached.arriving = read.value;
      asked.onImported();
      // Lets the request go on.
      await sleep(io, 0);
    }
  }
  const completed = await completeKeySet(read.value);
  if (!completed.ok) return { problem: completed.error };
  if (isOvertaken()) return undefined;
  settleSet(cached, completed.value, io);
  io.log({ event: "keys", level: "info", ...describeCachedKeys(cached, io.now()) });
  return undefined;
}

function isOlder({ set, arriving }: CachedKeys, { fetchedAtMs }: KeyDocument): boolean {
  // A set of which the rest was never imported may be read again.
  return (
    (set !== undefined && fetchedAtMs <= set.fetchedAtMs) ||
    (arriving !== undefined && fetchedAtMs < arriving.fetchedAtMs)
  );
}

/** Whether the data center's cache had what was needed. */
function isSatisfied(io: Io, cached: CachedKeys, kid: string | undefined): boolean {
  if (kid === undefined) return !isDue(cached, io.now());
  return lookUp(cached, kid, io.now()) !== undefined;
}

function settleAndLogFailure(io: Io, cached: CachedKeys, failure: FetchFailure): void {
  settleFailure(cached, failure, io);
  io.log({ event: "keys_failed", level: "warn", ...describeCachedKeys(cached, io.now()) });
}
