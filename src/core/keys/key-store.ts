import type { Denial } from "../../base/common/denial.ts";
import { type Background, type Io, sleep } from "../../base/common/io.ts";
import { isLeased } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { createExpiringNames } from "../../base/common/names.ts";
import { secondsUntil } from "../../base/common/period.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { KeySource } from "../authority/authority.ts";
import {
  type CachedKeys,
  createKeyCache,
  describeCachedKeys,
  type FoundKeys,
  hasLiveSet,
  isBackingOff,
  isDue,
  type KeyState,
  liveArriving,
  lookUp,
} from "./cached-keys.ts";
import { importKeys } from "./key-set.ts";
import { type Reach, renewKeys } from "./renewal.ts";

/** The signing keys in an isolate, for all tenants of one authority. */
export interface KeyStore {
  /**
   * Returns the keys with a key ID if they are in memory. It never waits.
   *
   * @param nowMs since the epoch
   * @param background keeps a due refresh alive after the response
   */
  known(source: KeySource, kid: string, nowMs: number, background: Background): FoundKeys | undefined;
  /**
   * Finds the keys with a key ID: in memory, in the data center's cache, or at the authority.
   *
   * @param background keeps a refresh alive after the response
   * @returns a value if the key ID is in memory; otherwise a promise that settles within `keyWaitMilliseconds`. The
   * denial is `key_unknown` if the tenant has no such key, `tenant_unknown` if the tenant does not exist, and
   * `keys_unavailable` if neither is known.
   */
  find(
    source: KeySource,
    kid: string,
    background: Background,
  ): Result<FoundKeys, Denial> | Promise<Result<FoundKeys, Denial>>;
  /**
   * Marks a tenant as established after one of its tokens was verified. Until then, a tenant that the configuration
   * does not name shares a budget of fetches with other unseen tenants, and gives way to established ones.
   */
  establish(source: KeySource): void;
  /**
   * Renews a missing or due set, independently of requests.
   *
   * @param background keeps the write to the data center's cache alive after the response
   * @returns a promise that resolves after the renewal, and never rejects
   */
  warm(source: KeySource, background: Background): Promise<void>;
  /** State of each source, the most recently used last. */
  describe(): readonly KeyState[];
}

/**
 * Creates an empty store. Does no I/O.
 *
 * @param io clock, network, timers, random numbers, cache and log
 */
export function createKeyStore(io: Io): KeyStore {
  const cache = createKeyCache();
  const unknownKids = createExpiringNames(limits.unknownKids, limits.unknownKidCooldownMilliseconds);
  const unknownTenants = createExpiringNames(limits.unknownTenants, limits.unknownTenantMilliseconds);

  function denyKey(cached: CachedKeys, kid: string, nowMs: number): Result<never, Denial> {
    const { failure } = cached;
    if (failure?.tenantUnknown && !hasLiveSet(cached, nowMs)) return denyTenant(cached, nowMs);
    if (failure !== undefined) return fail(unavailable(cached, nowMs));
    const retryAtMs = cached.unknownKidFetchAtMs + limits.unknownKidCooldownMilliseconds;
    unknownKids.add(nameKid(cached.source, kid), retryAtMs);
    return fail({ reason: "key_unknown" });
  }

  function denyTenant({ source, budget }: CachedKeys, nowMs: number): Result<never, Denial> {
    if (budget !== undefined) {
      unknownTenants.add(source.id, nowMs + limits.unknownTenantMilliseconds);
      cache.dropUnseen(source);
    }
    return fail({ reason: "tenant_unknown" });
  }

  async function wait(cached: CachedKeys, kid: string, background: Background): Promise<Result<FoundKeys, Denial>> {
    const giveUpAtMs = io.now() + limits.keyWaitMilliseconds;
    for (;;) {
      const nowMs = io.now();
      const found = lookUp(cached, kid, nowMs);
      if (found !== undefined) return succeed({ ...found, latency: "waited" });
      // A clock that is not a number ends the wait too.
      if (!(nowMs < giveUpAtMs)) return fail(unavailable(cached, nowMs));
      const arriving = liveArriving(cached, nowMs);
      if (arriving?.pending.has(kid)) {
        await importKeys(arriving, kid);
        continue;
      }
      if (isLeased(cached, nowMs)) {
        await sleep(io, limits.keyPollMilliseconds);
        continue;
      }
      const reach = reachOf(cached, nowMs);
      if (reach === undefined) return denyKey(cached, kid, nowMs);
      await new Promise<void>((onImported) => {
        const renewal = renewKeys(io, cached, { reach, asked: { kid, onImported } }, background);
        background(renewal);
        void renewal.then(onImported);
      });
    }
  }

  function renewWhereDue(cached: CachedKeys, nowMs: number, background: Background): Promise<void> | undefined {
    const mayRenew = isDue(cached, nowMs) && !isLeased(cached, nowMs) && !isBackingOff(cached, nowMs);
    return mayRenew ? renewKeys(io, cached, { reach: "authority" }, background) : undefined;
  }

  function known(cached: CachedKeys, kid: string, nowMs: number, background: Background): FoundKeys | undefined {
    const found = lookUp(cached, kid, nowMs);
    const renewal = found?.latency === "stale" ? renewWhereDue(cached, nowMs, background) : undefined;
    if (renewal !== undefined) background(renewal);
    return found;
  }

  return {
    known: (source, kid, nowMs, background) => known(cache.of(source, nowMs), kid, nowMs, background),
    find(source, kid, background) {
      const nowMs = io.now();
      if (!source.named && unknownTenants.leftMs(source.id, nowMs) > 0) return fail({ reason: "tenant_unknown" });
      const cached = cache.of(source, nowMs);
      const found = known(cached, kid, nowMs, background);
      if (found !== undefined) return succeed(found);
      if (unknownKids.leftMs(nameKid(source, kid), nowMs) > 0) return fail({ reason: "key_unknown" });
      return wait(cached, kid, background);
    },
    async warm(source, background) {
      const nowMs = io.now();
      await renewWhereDue(cache.of(source, nowMs), nowMs, background);
    },
    establish: cache.establish,
    describe: () => cache.list().map((cached) => describeCachedKeys(cached, io.now())),
  };
}

/**
 * Creates the key stores of an isolate: one for each authority, so that no authority uses or spends what another has.
 *
 * @returns the store of an authority, by its name
 */
export function createKeyStores(io: Io): (authority: string) => KeyStore {
  const stores = new Map<string, KeyStore>();
  return (authority) => {
    const store = stores.get(authority) ?? createKeyStore(io);
    stores.set(authority, store);
    return store;
  };
}

/** How far a request may go for a key ID that the cached set does not have. */
function reachOf(cached: CachedKeys, nowMs: number): Reach | undefined {
  const cooling =
    hasLiveSet(cached, nowMs) && Math.abs(nowMs - cached.unknownKidFetchAtMs) < limits.unknownKidCooldownMilliseconds;
  if (!cooling && !isBackingOff(cached, nowMs)) return "authority";
  return nowMs - cached.edgeReadAtMs >= limits.edgeReadIntervalMilliseconds ? "edge" : undefined;
}

/** A key ID can contain any text, so the separator must not occur in a source's ID, which is a URL. */
function nameKid({ id }: KeySource, kid: string): string {
  return `${id} ${kid}`;
}

function unavailable(cached: CachedKeys, nowMs: number): Denial {
  return { reason: "keys_unavailable", retryAfterSeconds: secondsUntil(cached.failure?.retryAtMs ?? nowMs, nowMs) };
}
