import { describeCause } from "../common/cause.ts";
import type { Background, Io } from "../common/io.ts";
import { underLease } from "../common/lease.ts";
import * as limits from "../common/limits.ts";
import { fetchKeyDocument } from "./authority-tier.ts";
import {
  type CachedKeys,
  describeCachedKeys,
  isDue,
  liveSet,
  settleFailure,
  settleSet,
  takeFetch,
} from "./cached-keys.ts";
import type { FetchFailure } from "./document.ts";
import { readEdge, writeEdge } from "./edge-tier.ts";
import { type KeyDocument, parseKeySet } from "./key-set.ts";

/** How far a renewal goes: to the data center's cache only, or to the authority too. */
export type Reach = "edge" | "authority";

/**
 * Renews the keys of a source under a lease, so that an isolate fetches once for all requests that need the keys. The result is
 * stored as a settled value. Only the request that started the renewal may await the promise.
 *
 * @param purpose how far to go, and the key ID to find, if there is one
 * @returns a promise that resolves after the renewal, and never rejects
 */
export function renewKeys(
  io: Io,
  cached: CachedKeys,
  purpose: { readonly reach: Reach; readonly kid?: string },
  background: Background,
): Promise<void> {
  return underLease(io, cached, limits.keyLeaseMilliseconds, async () => {
    try {
      await renew(io, cached, purpose, background);
    } catch (cause) {
      settleAndLogFailure(io, cached, { problem: describeCause(cause) });
    }
  });
}

async function renew(
  io: Io,
  cached: CachedKeys,
  { reach, kid }: { readonly reach: Reach; readonly kid?: string },
  background: Background,
): Promise<void> {
  cached.edgeReadAtMs = io.now();
  const atEdge = await readEdge(io, cached.source.id);
  if (atEdge !== undefined) await adopt(io, cached, atEdge, "edge");
  if (reach === "edge" || isSatisfied(io, cached, kid) || !takeFetch(cached, io.now())) return;
  const renews = liveSet(cached, io.now()) !== undefined;
  const fetched = await fetchKeyDocument(io, cached.source);
  const failure = fetched.ok ? await adopt(io, cached, fetched.value, "authority") : fetched.error;
  if (failure !== undefined) settleAndLogFailure(io, cached, failure);
  else if (fetched.ok) background(writeEdge(io, fetched.value));
  // Only a completed fetch starts the cooldown, because an aborted one does not show that the key ID is unknown. The
  // lease limits concurrent fetches. If a cold set contains the key ID, there is no flood.
  if (kid !== undefined && (renews || !cached.set?.keys.has(kid))) cached.unknownKidFetchAtMs = io.now();
}

/**
 * Parses and stores a document; returns its fault. A document of another isolate must be newer than the cached one, so
 * that a removed key does not return. The authority's document always counts, even if the clock was set back.
 */
async function adopt(
  io: Io,
  cached: CachedKeys,
  document: KeyDocument,
  from: "edge" | "authority",
): Promise<FetchFailure | undefined> {
  if (from === "edge" && document.fetchedAtMs <= (cached.set?.fetchedAtMs ?? Number.NEGATIVE_INFINITY))
    return undefined;
  const parsed = await parseKeySet(document, from, cached.set, cached.shared);
  if (!parsed.ok) return { problem: parsed.error };
  settleSet(cached, parsed.value, io);
  io.log({ event: "keys", level: "info", ...describeCachedKeys(cached, io.now()) });
  return undefined;
}

/** Whether the data center's cache had what was needed. */
function isSatisfied(io: Io, cached: CachedKeys, kid: string | undefined): boolean {
  const set = liveSet(cached, io.now());
  if (set === undefined) return false;
  return kid === undefined ? !isDue(cached, io.now()) : set.keys.has(kid);
}

function settleAndLogFailure(io: Io, cached: CachedKeys, failure: FetchFailure): void {
  settleFailure(cached, failure, io);
  io.log({ event: "keys_failed", level: "warn", ...describeCachedKeys(cached, io.now()) });
}
