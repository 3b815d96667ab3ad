import type { KeySource } from "../authority/authority.ts";
import type { Denial } from "../denial.ts";
import { type Background, type Io, sleep } from "../io.ts";
import * as limits from "../limits.ts";
import { fail, type Result, succeed } from "../result.ts";
import { createEntries, describeEntry, isBackingOff, type KeyEntry, type KeyState, liveSet } from "./entry.ts";
import type { KeySet } from "./key-set.ts";
import { isLeased } from "./lease.ts";
import { type Reach, renewKeys } from "./renewal.ts";
import type { SigningKey } from "./signing-key.ts";

/** Keys of a kid, and the set that they are in. */
export interface FoundKeys {
  readonly set: KeySet;
  readonly keys: readonly SigningKey[];
  readonly latency: KeyLatency;
}

/** What keys cost their request: `hit` had them in memory, `stale` too but a refresh is due, `waited` for others. */
export type KeyLatency = "hit" | "stale" | "waited";

/** The keys that an isolate holds, for all tenants. */
export interface KeyStore {
  /**
   * The keys of a kid where the isolate has them. Nobody waits, and for a kid that it does not have nobody is asked.
   *
   * @param background keeps a refresh that has fallen due alive past the answer
   */
  known(source: KeySource, kid: string, background: Background): FoundKeys | undefined;
  /**
   * Finds the keys of a kid: at once where they are known, else by way of the data centre's cache or the authority.
   *
   * @param background keeps a refresh alive past the answer
   * @returns at once, without a promise, where the kid is known; else when it is settled, within `keyWaitMilliseconds`.
   * `key_unknown` where the tenant has no such key, `tenant_unknown` where the authority says that there is no such tenant,
   * `keys_unavailable` where nobody could say
   */
  find(
    source: KeySource,
    kid: string,
    background: Background,
  ): Result<FoundKeys, Denial> | Promise<Result<FoundKeys, Denial>>;
  /**
   * Notes that a token of the tenant was verified by its keys. A tenant that the configuration does not name is unseen until
   * then: it shares a budget of fetches with all other unseen ones, and gives way to established tenants.
   */
  establish(source: KeySource): void;
  /**
   * Renews a set that is missing or due, behind no request.
   *
   * @param background keeps the data centre's copy alive past the answer
   * @returns when that has settled, well or badly; never rejects
   */
  warm(source: KeySource, background: Background): Promise<void>;
  /** State of every source, the most recently used last. */
  describe(): readonly KeyState[];
}

/**
 * Makes an empty store. Does no I/O.
 *
 * @param io clock, network, timers, random numbers, cache and log
 */
export function createKeyStore(io: Io): KeyStore {
  const entries = createEntries();
  const unknownKids = createExpiringNames(limits.unknownKids);
  const unknownTenants = createExpiringNames(limits.unknownTenants);

  /** How far a request may go for a kid that the entry does not have. */
  function reachOf(entry: KeyEntry, nowMs: number): Reach | undefined {
    const cooling =
      liveSet(entry, nowMs) !== undefined && nowMs - entry.unknownKidFetchAtMs < limits.unknownKidCooldownMilliseconds;
    if (!cooling && !isBackingOff(entry, nowMs)) return "authority";
    return nowMs - entry.edgeReadAtMs >= limits.edgeReadIntervalMilliseconds ? "edge" : undefined;
  }

  function refuse(entry: KeyEntry, kid: string, nowMs: number): Result<never, Denial> {
    const isWithoutSet = liveSet(entry, nowMs) === undefined;
    if (isWithoutSet && entry.failure?.tenantUnknown) return refuseTenant(entry, nowMs);
    if (isWithoutSet || entry.failure !== undefined) return fail(unavailable(entry, nowMs));
    const retryAtMs = entry.unknownKidFetchAtMs + limits.unknownKidCooldownMilliseconds;
    unknownKids.add(nameKid(entry.source, kid), retryAtMs);
    return fail({ reason: "key_unknown" });
  }

  function refuseTenant({ source, budget }: KeyEntry, nowMs: number): Result<never, Denial> {
    if (budget !== undefined) {
      unknownTenants.add(source.id, nowMs + limits.unknownTenantMilliseconds);
      entries.dropUnseen(source);
    }
    return fail({ reason: "tenant_unknown" });
  }

  async function wait(entry: KeyEntry, kid: string, background: Background): Promise<Result<FoundKeys, Denial>> {
    const giveUpAtMs = io.now() + limits.keyWaitMilliseconds;
    for (;;) {
      const nowMs = io.now();
      const found = lookUp(entry, kid, nowMs);
      if (found !== undefined) return succeed({ ...found, latency: "waited" });
      if (nowMs >= giveUpAtMs) return fail(unavailable(entry, nowMs));
      if (isLeased(entry, nowMs)) {
        await sleep(io, limits.keyPollMilliseconds);
        continue;
      }
      const reach = reachOf(entry, nowMs);
      if (reach === undefined) return refuse(entry, kid, nowMs);
      const renewal = renewKeys(io, entry, { reach, kid }, background);
      background(renewal);
      await renewal;
    }
  }

  function renewWhereDue(entry: KeyEntry, nowMs: number, background: Background): Promise<void> | undefined {
    const due = nowMs >= entry.refreshAtMs && !isLeased(entry, nowMs) && !isBackingOff(entry, nowMs);
    return due ? renewKeys(io, entry, { reach: "authority" }, background) : undefined;
  }

  function known(entry: KeyEntry, kid: string, nowMs: number, background: Background): FoundKeys | undefined {
    const found = lookUp(entry, kid, nowMs);
    const renewal = found && renewWhereDue(entry, nowMs, background);
    if (renewal !== undefined) background(renewal);
    return found;
  }

  return {
    known(source, kid, background) {
      const nowMs = io.now();
      return known(entries.of(source, nowMs), kid, nowMs, background);
    },
    find(source, kid, background) {
      const nowMs = io.now();
      if (unknownTenants.has(source.id, nowMs)) return fail({ reason: "tenant_unknown" });
      const entry = entries.of(source, nowMs);
      const found = known(entry, kid, nowMs, background);
      if (found !== undefined) return succeed(found);
      if (unknownKids.has(nameKid(source, kid), nowMs)) return fail({ reason: "key_unknown" });
      return wait(entry, kid, background);
    },
    async warm(source, background) {
      const nowMs = io.now();
      await renewWhereDue(entries.of(source, nowMs), nowMs, background);
    },
    establish: entries.establish,
    describe: () => entries.list().map((entry) => describeEntry(entry, io.now())),
  };
}

/** A kid is free text: the separator must not be able to occur in a source's id, which is a URL. */
function nameKid({ id }: KeySource, kid: string): string {
  return `${id} ${kid}`;
}

function lookUp(entry: KeyEntry, kid: string, nowMs: number): FoundKeys | undefined {
  const set = liveSet(entry, nowMs);
  const keys = set?.keys.get(kid);
  return set && keys && { set, keys, latency: nowMs < entry.refreshAtMs ? "hit" : "stale" };
}

function unavailable(entry: KeyEntry, nowMs: number): Denial {
  const waitMs = (entry.failure?.retryAtMs ?? nowMs) - nowMs;
  return { reason: "keys_unavailable", retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}

/** Names that count for a while, bounded in number: what was looked for in vain is not looked for again at once. */
export interface ExpiringNames {
  has(name: string, nowMs: number): boolean;
  /** @param untilMs how long the name counts, in milliseconds since the epoch */
  add(name: string, untilMs: number): void;
}

/**
 * Makes an empty memory of names.
 *
 * @param maximum how many names; past that the oldest is forgotten
 */
export function createExpiringNames(maximum: number): ExpiringNames {
  const untilMs = new Map<string, number>();
  return {
    has: (name, nowMs) => nowMs < (untilMs.get(name) ?? 0),
    add(name, until) {
      if (untilMs.size >= maximum) {
        const [oldest] = untilMs.keys();
        if (oldest !== undefined) untilMs.delete(oldest);
      }
      untilMs.set(name, until);
    },
  };
}
