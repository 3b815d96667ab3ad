import { describeCause } from "../cause.ts";
import type { Background, Io } from "../io.ts";
import * as limits from "../limits.ts";
import { fetchKeyDocument } from "./authority-tier.ts";
import type { FetchFailure } from "./document.ts";
import { readEdge, writeEdge } from "./edge-tier.ts";
import { describeEntry, type KeyEntry, liveSet, settleFailure, settleSet, takeFetch } from "./entry.ts";
import { type KeyDocument, parseKeySet } from "./key-set.ts";
import { underLease } from "./lease.ts";

/** How far a renewal goes: only to the data centre's cache, or on to the authority where that does not help. */
export type Reach = "edge" | "authority";

/**
 * Renews an entry under a lease, so that an isolate fetches once however many requests need the keys. The outcome is
 * left in the entry as a settled value; the promise is for the request that started the renewal alone.
 *
 * @param purpose how far to go, and the kid that is looked for, if one is
 * @returns when the entry has settled; never rejects
 */
export function renewKeys(
  io: Io,
  entry: KeyEntry,
  purpose: { readonly reach: Reach; readonly kid?: string },
  background: Background,
): Promise<void> {
  return underLease(io, entry, limits.keyLeaseMilliseconds, async () => {
    try {
      await renew(io, entry, purpose, background);
    } catch (cause) {
      settleAndLogFailure(io, entry, { problem: describeCause(cause) });
    }
  });
}

async function renew(
  io: Io,
  entry: KeyEntry,
  { reach, kid }: { readonly reach: Reach; readonly kid?: string },
  background: Background,
): Promise<void> {
  entry.edgeReadAtMs = io.now();
  const cached = await readEdge(io, entry.source.id);
  if (cached !== undefined) await adopt(io, entry, cached, "edge");
  if (reach === "edge" || isSatisfied(io, entry, kid) || !takeFetch(entry, io.now())) return;
  const renews = liveSet(entry, io.now()) !== undefined;
  const fetched = await fetchKeyDocument(io, entry.source);
  const failure = fetched.ok ? await adopt(io, entry, fetched.value, "authority") : fetched.error;
  if (failure !== undefined) settleAndLogFailure(io, entry, failure);
  else if (fetched.ok) background(writeEdge(io, fetched.value));
  // Only a fetch that settled begins the cooldown: one that was cut off has said of no kid that it is unknown. The lease
  // bounds what is under way. A cold set that had the kid is no sign of a flood.
  if (kid !== undefined && (renews || !entry.set?.keys.has(kid))) entry.unknownKidFetchAtMs = io.now();
}

/**
 * Parses a document and takes it. One that another isolate fetched must be newer than the entry's own: a key that left the
 * set does not come back. What the authority says now counts, also where the clock was put back. Returns what was wrong.
 */
async function adopt(
  io: Io,
  entry: KeyEntry,
  document: KeyDocument,
  from: "edge" | "authority",
): Promise<FetchFailure | undefined> {
  if (from === "edge" && document.fetchedAtMs <= (entry.set?.fetchedAtMs ?? Number.NEGATIVE_INFINITY)) return undefined;
  const parsed = await parseKeySet(document, from, entry.set);
  if (!parsed.ok) return { problem: parsed.error };
  settleSet(entry, parsed.value, io);
  io.log({ event: "keys", ...describeEntry(entry, io.now()) });
  return undefined;
}

/** Whether what the edge had makes a fetch unnecessary. */
function isSatisfied(io: Io, entry: KeyEntry, kid: string | undefined): boolean {
  const set = liveSet(entry, io.now());
  if (set === undefined) return false;
  return kid === undefined ? io.now() < entry.refreshAtMs : set.keys.has(kid);
}

function settleAndLogFailure(io: Io, entry: KeyEntry, failure: FetchFailure): void {
  settleFailure(entry, failure, io);
  io.log({ event: "keys_failed", ...describeEntry(entry, io.now()) });
}
