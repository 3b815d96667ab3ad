import type { Io } from "../../base/common/io.ts";
import { isLeased, type Leased } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import type { KeySource } from "../authority/authority.ts";
import type { FetchFailure } from "./document.ts";
import { createFetchBudget, type FetchBudget } from "./fetch-budget.ts";
import { type ArrivingSet, createSharedKeys, type KeySet, type SharedKeys } from "./key-set.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * The state of one source in an isolate. It contains only settled values. On Workers, a promise ends with the request
 * that created it, so no other request may await it.
 */
export interface CachedKeys extends Leased {
  readonly source: KeySource;
  /** The same for all sources of an isolate. */
  readonly shared: SharedKeys;
  /** Budget for fetches while the tenant is unseen; `undefined` once it is established. */
  budget: FetchBudget | undefined;
  set: KeySet | undefined;
  /**
   * A set of which a cold isolate has imported some keys. The request that fetched it imports the others after its
   * response.
   */
  arriving: ArrivingSet | undefined;
  /** The age of the set at which it is due for renewal in the background. */
  refreshAfterMs: number;
  /** The last attempt, if it failed. */
  failure: EntryFailure | undefined;
  /** When an unknown key ID last caused a fetch. */
  unknownKidFetchAtMs: number;
  edgeReadAtMs: number;
  usedAtMs: number;
}

/** Why the last attempt failed, and when the next one is allowed. */
interface EntryFailure {
  readonly problem: string;
  readonly attempts: number;
  readonly failedAtMs: number;
  readonly retryAtMs: number;
  /** Whether the authority says that the tenant does not exist. */
  readonly tenantUnknown: boolean;
}

function createCachedKeys(source: KeySource, budget: FetchBudget | undefined, shared: SharedKeys): CachedKeys {
  return {
    source,
    shared,
    budget,
    set: undefined,
    arriving: undefined,
    refreshAfterMs: 0,
    lease: undefined,
    failure: undefined,
    unknownKidFetchAtMs: Number.NEGATIVE_INFINITY,
    edgeReadAtMs: Number.NEGATIVE_INFINITY,
    usedAtMs: 0,
  };
}

/** Keys with one key ID, and their set. */
export interface FoundKeys {
  readonly set: Pick<KeySet, "issuer">;
  readonly keys: readonly SigningKey[];
  readonly latency: KeyLatency;
}

/**
 * What the request waited for. `hit`: keys in memory. `stale`: the same, and a refresh is due. `waited`: a cache or the
 * authority.
 */
export type KeyLatency = "hit" | "stale" | "waited";

/** Finds the keys with a key ID in memory. */
export function lookUp(cached: CachedKeys, kid: string, nowMs: number): FoundKeys | undefined {
  const { set, refreshAfterMs } = cached;
  const ageMs = readAgeMs(set, nowMs);
  if (set === undefined || !(ageMs < limits.keySetLifetimeMilliseconds)) return lookUpArriving(cached, kid, nowMs);
  const keys = set.keys.get(kid);
  return keys && { set, keys, latency: ageMs < refreshAfterMs ? "hit" : "stale" };
}

function lookUpArriving(cached: CachedKeys, kid: string, nowMs: number): FoundKeys | undefined {
  const arriving = liveArriving(cached, nowMs);
  const keys = arriving?.keys.get(kid);
  // The request that imports the rest may have been cut off.
  return arriving && keys && { set: arriving, keys, latency: isLeased(cached, nowMs) ? "hit" : "stale" };
}

/** The clock may have been set back. */
function readAgeMs(set: Pick<KeySet, "fetchedAtMs"> | undefined, nowMs: number): number {
  return set === undefined ? Number.POSITIVE_INFINITY : Math.abs(nowMs - set.fetchedAtMs);
}

/** Whether there is a set that is not too old. */
export function hasLiveSet({ set }: CachedKeys, nowMs: number): boolean {
  return readAgeMs(set, nowMs) < limits.keySetLifetimeMilliseconds;
}

/** Returns the set that is being imported, unless it is too old. */
export function liveArriving({ arriving }: CachedKeys, nowMs: number): ArrivingSet | undefined {
  return readAgeMs(arriving, nowMs) < limits.keySetLifetimeMilliseconds ? arriving : undefined;
}

/** Whether the set is due for renewal, or missing. */
export function isDue({ set, refreshAfterMs }: CachedKeys, nowMs: number): boolean {
  return !(readAgeMs(set, nowMs) < refreshAfterMs);
}

export function isBackingOff({ failure }: CachedKeys, nowMs: number): boolean {
  return failure !== undefined && isWithin(failure.failedAtMs, failure.retryAtMs, nowMs);
}

/** Stores a fetched set. */
export function settleSet(cached: CachedKeys, set: KeySet, io: Pick<Io, "random">): void {
  cached.set = set;
  cached.arriving = undefined;
  cached.failure = undefined;
  cached.refreshAfterMs = limits.keySetRefreshMilliseconds * (1 - limits.keySetRefreshJitter * io.random());
}

/** Stores a failed attempt. The last good set remains. */
export function settleFailure(cached: CachedKeys, failure: FetchFailure, io: Pick<Io, "random" | "now">): void {
  const attempts = (cached.failure?.attempts ?? 0) + 1;
  const doubled = limits.keyBackoffMilliseconds * 2 ** (attempts - 1);
  const spread = 1 + limits.keyBackoffJitter * (2 * io.random() - 1);
  const backoffMs = Math.min(doubled, limits.keyBackoffMillisecondsMaximum) * spread;
  const failedAtMs = io.now();
  const retryAtMs = failedAtMs + Math.max(backoffMs, failure.retryAfterMs ?? 0);
  const tenantUnknown = failure.tenantUnknown === true;
  cached.failure = { problem: failure.problem, attempts, failedAtMs, retryAtMs, tenantUnknown };
}

/**
 * Takes a fetch from the budget. If an unseen tenant's budget is empty, this counts as a failed attempt.
 *
 * @returns whether the authority may be asked
 */
export function takeFetch(cached: CachedKeys, nowMs: number): boolean {
  const { budget } = cached;
  if (budget === undefined || budget.take(nowMs)) return true;
  const attempts = cached.failure?.attempts ?? 0;
  const problem = "fetch limit for unseen tenants reached";
  const retryAtMs = budget.nextAtMs(nowMs);
  cached.failure = { problem, attempts, failedAtMs: nowMs, retryAtMs, tenantUnknown: false };
  return false;
}

/** The state of one source, for operators. */
export interface KeyState {
  /** The URL that is requested first. It names host, tenant and version. */
  readonly source: string;
  /** Whether the configuration names the tenant, or a token of it was verified. */
  readonly established: boolean;
  /** The tier that had the set; absent if there is none. */
  readonly from: KeySet["from"] | undefined;
  readonly ageSeconds: number | undefined;
  /** Number of key IDs with usable keys that were imported; 0 if the set is too old. */
  readonly keys: number;
  /** Absent until all keys are imported. */
  readonly digest: string | undefined;
  /** The fault of the last attempt; absent if it succeeded. */
  readonly lastFailure: string | undefined;
  /** Seconds until the next request to the authority is allowed after a failure, or due for renewal. */
  readonly nextAttemptSeconds: number | undefined;
}

export function describeCachedKeys(
  { source, budget, set, arriving, failure, refreshAfterMs }: CachedKeys,
  nowMs: number,
): KeyState {
  const nextAtMs = failure?.retryAtMs ?? (set && set.fetchedAtMs + refreshAfterMs);
  const latest = arriving ?? set;
  return {
    source: source.id,
    established: budget === undefined,
    from: latest?.from,
    ageSeconds: latest && Math.round((nowMs - latest.fetchedAtMs) / 1_000),
    keys: latest && readAgeMs(latest, nowMs) < limits.keySetLifetimeMilliseconds ? latest.keys.size : 0,
    digest: set?.digest,
    lastFailure: failure?.problem,
    nextAttemptSeconds: nextAtMs && Math.max(0, Math.ceil((nextAtMs - nowMs) / 1_000)),
  };
}

/**
 * The keys of all sources in an isolate, for all its configurations. A tenant is established if a configuration names
 * it or a token of it was verified. All other tenants are unseen and may be invented. They are few, share one budget of
 * fetches, and never displace an established tenant.
 */
export interface KeyCache {
  /**
   * Returns the keys of a source, and creates them if necessary. A source that a configuration names never gets the
   * entry of an unseen tenant: the callers of another configuration may have spent its fetches.
   */
  of(source: KeySource, nowMs: number): CachedKeys;
  /** Marks a tenant as established. */
  establish(source: KeySource): void;
  /** Removes an unseen tenant. */
  dropUnseen(source: KeySource): void;
  /** The keys of all sources, the most recently used last. */
  list(): readonly CachedKeys[];
}

/** Creates an empty collection. */
export function createKeyCache(): KeyCache {
  const established = new Map<string, CachedKeys>();
  const unseen = new Map<string, CachedKeys>();
  const shared = createSharedKeys();
  /** Of all unseen tenants. */
  let budget: FetchBudget | undefined;

  function addEstablished(cached: CachedKeys): void {
    if (established.size >= limits.keySets) dropLeastUsed(established);
    established.set(cached.source.id, cached);
  }

  function add(source: KeySource): CachedKeys {
    if (source.named) {
      const cached = createCachedKeys(source, undefined, shared);
      unseen.delete(source.id);
      addEstablished(cached);
      return cached;
    }
    budget ??= createFetchBudget();
    const cached = createCachedKeys(source, budget, shared);
    if (unseen.size >= limits.unseenTenants) unseen.delete(unseen.keys().next().value as string);
    unseen.set(source.id, cached);
    return cached;
  }

  return {
    of(source, nowMs) {
      const cached = established.get(source.id) ?? (source.named ? undefined : unseen.get(source.id)) ?? add(source);
      cached.usedAtMs = nowMs;
      return cached;
    },
    establish({ id }) {
      const cached = unseen.get(id);
      if (cached === undefined) return;
      unseen.delete(id);
      cached.budget = undefined;
      addEstablished(cached);
    },
    dropUnseen: ({ id }) => void unseen.delete(id),
    list: () => [...established.values(), ...unseen.values()].sort((a, b) => a.usedAtMs - b.usedAtMs),
  };
}

function dropLeastUsed(cachedKeys: Map<string, CachedKeys>): void {
  const least = cachedKeys.values().reduce((one, other) => (other.usedAtMs < one.usedAtMs ? other : one));
  cachedKeys.delete(least.source.id);
}
