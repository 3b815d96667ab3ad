import type { KeySource } from "../authority/authority.ts";
import * as limits from "../limits.ts";
import { createEntry, type KeyEntry } from "./entry.ts";
import { createFetchBudget } from "./fetch-budget.ts";

/**
 * The entries of an isolate. A tenant is established where the configuration names it, or once a token of it was verified.
 * All others are unseen, and may be invented: they are few, share one budget of fetches, and never displace an established one.
 */
export interface Entries {
  /** The entry of a source, made where there is none. */
  of(source: KeySource, nowMs: number): KeyEntry;
  /** Notes that a token of the tenant was verified. */
  establish(source: KeySource): void;
  /** Forgets an unseen tenant. */
  dropUnseen(source: KeySource): void;
  /** All entries, the most recently used last. */
  list(): readonly KeyEntry[];
}

/** Makes an empty collection. */
export function createEntries(): Entries {
  const established = new Map<string, KeyEntry>();
  const unseen = new Map<string, KeyEntry>();
  const budget = createFetchBudget();

  function addEstablished(entry: KeyEntry): void {
    if (established.size >= limits.keySets) dropLeastUsed(established);
    established.set(entry.source.id, entry);
  }

  function addUnseen(entry: KeyEntry): void {
    const [oldest] = unseen.keys();
    if (unseen.size >= limits.unseenTenants && oldest !== undefined) unseen.delete(oldest);
    unseen.set(entry.source.id, entry);
  }

  function add(source: KeySource): KeyEntry {
    const entry = createEntry(source, source.named ? undefined : budget);
    if (source.named) addEstablished(entry);
    else addUnseen(entry);
    return entry;
  }

  return {
    of(source, nowMs) {
      const entry = established.get(source.id) ?? unseen.get(source.id) ?? add(source);
      entry.usedAtMs = nowMs;
      return entry;
    },
    establish({ id }) {
      const entry = unseen.get(id);
      if (entry === undefined) return;
      unseen.delete(id);
      entry.budget = undefined;
      addEstablished(entry);
    },
    dropUnseen: ({ id }) => void unseen.delete(id),
    list: () => [...established.values(), ...unseen.values()].sort((a, b) => a.usedAtMs - b.usedAtMs),
  };
}

function dropLeastUsed(entries: Map<string, KeyEntry>): void {
  let least: KeyEntry | undefined;
  for (const entry of entries.values()) {
    if (least === undefined || entry.usedAtMs < least.usedAtMs) least = entry;
  }
  if (least !== undefined) entries.delete(least.source.id);
}
