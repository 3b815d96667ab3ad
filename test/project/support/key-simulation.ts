import { AsyncLocalStorage } from "node:async_hooks";
import type { Io } from "../../../src/base/common/io.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import { createKeyStore, type KeyStore } from "../../../src/core/keys/key-store.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

/** The result of a seed. */
export interface SimulationReport {
  readonly requests: number;
  readonly found: number;
  readonly refused: number;
  readonly cancelled: number;
  readonly fetches: number;
}

interface AuthorityState {
  readonly kind: "ok" | "down" | "broken" | "hanging";
  readonly latencyMs: number;
}

interface Caller {
  cancelled: boolean;
}

interface KnownSet {
  readonly kids: ReadonlySet<string>;
  readonly fetchedAtMs: number;
}

interface Isolate {
  readonly store: KeyStore;
  readonly fetchedAtMs: number[];
  /** The last set that it loaded, from its log. */
  known: KnownSet | undefined;
  /** Sets that it has got since then. A cold isolate may use them before it has loaded all their keys. */
  offered: KnownSet[];
  cancelledAtMs: number;
}

const source = createAuthority({
  cloud: "public",
  authority: undefined,
  acceptV1: false,
  tenants: { decided: "by-list", allowed: new Set(["11111111-2222-4333-8444-555555555555"]) },
}).keySource("11111111-2222-4333-8444-555555555555", "2.0");
const isolateCount = 3;
const stepCount = 300;
/** The longest wait of the gate, and one poll. */
const answerWithinMs = limits.keyWaitMilliseconds + limits.keyLeaseMilliseconds;
/** After this time without a failure, there is no back-off and no cooldown. */
const calmMs =
  limits.keyBackoffMillisecondsMaximum * (1 + limits.keyBackoffJitter) + limits.unknownKidCooldownMilliseconds;

/**
 * Simulates days of three isolates in one data center, deterministically: the seed decides requests, cancellations,
 * restarts, rollovers, outages and every delay.
 *
 * @throws Error that names the broken invariant and the simulated time; the same seed throws it again
 */
export async function simulateKeys(seed: number): Promise<SimulationReport> {
  const scheduler = createScheduler(seed);
  const { random, pick } = scheduler;
  const callers = new AsyncLocalStorage<Caller>();
  const cache = new Map<string, string>();
  const kidsByDigest = new Map<string, ReadonlySet<string>>();
  const cancelledShare = pick([0, 0.2, 0.8]);
  const report = { requests: 0, found: 0, refused: 0, cancelled: 0, fetches: 0 };
  let published = ["kid-0", "kid-1"];
  let keyCount = published.length;
  let publishedAtMs = scheduler.now();
  let authority: AuthorityState = { kind: "ok", latencyMs: 50 };
  let calmSinceMs = scheduler.now();

  const check = (holds: boolean, invariant: string): void => {
    // It is not thrown, because the gate would handle it as a network failure.
    if (!holds) scheduler.fail(new Error(`seed ${seed}, ${scheduler.now()} ms: ${invariant}`));
  };

  /** A fetch of a canceled request never settles. */
  function forCaller(callback: () => void): () => void {
    const caller = callers.getStore();
    return () => {
      if (!caller?.cancelled) callback();
    };
  }

  function createIsolate(): Isolate {
    const isolate: Isolate = {
      store: createKeyStore(createIo(() => isolate)),
      fetchedAtMs: [],
      known: undefined,
      offered: [],
      cancelledAtMs: 0,
    };
    return isolate;
  }

  function createIo(isolateOf: () => Isolate): Io {
    return {
      now: scheduler.now,
      random,
      after: (delayMs, callback) => scheduler.after(delayMs, forCaller(callback)),
      fetch: () => {
        report.fetches += 1;
        isolateOf().fetchedAtMs.push(scheduler.now());
        checkFetchRate(isolateOf());
        return answer(scheduler, authority, published, forCaller, (text) => offer(isolateOf(), text, scheduler.now()));
      },
      openCache: async () => {
        const kind = random();
        if (kind < 0.1) return undefined;
        if (kind < 0.2) throw new Error("no cache");
        if (kind < 0.25) return new Promise(() => {});
        return openCache(scheduler, cache, forCaller, (entry) => {
          const { text, fetchedAtMs } = JSON.parse(entry) as { text: string; fetchedAtMs: number };
          offer(isolateOf(), text, fetchedAtMs);
        });
      },
      log: (line) => noteAdoption(isolateOf(), line as { event: string; digest?: string }),
    };
  }

  function noteAdoption(isolate: Isolate, { event, digest }: { event: string; digest?: string }): void {
    if (event !== "keys" || digest === undefined) return;
    const state = isolate.store.describe()[0];
    const fetchedAtMs = scheduler.now() - (state?.ageSeconds ?? 0) * 1_000;
    const kids = kidsByDigest.get(digest) ?? new Set();
    // Ages are logged in whole seconds.
    check(isolate.known === undefined || fetchedAtMs >= isolate.known.fetchedAtMs - 1_000, "an older set came back");
    isolate.known = { kids, fetchedAtMs };
    isolate.offered = [];
  }

  function offer({ offered }: Isolate, text: string, fetchedAtMs: number): void {
    offered.push({ kids: readKids(text), fetchedAtMs });
  }

  function checkFetchRate({ fetchedAtMs }: Isolate): void {
    const windowMs = limits.unknownKidCooldownMilliseconds - 1_000;
    const recent = fetchedAtMs.filter((atMs) => atMs > scheduler.now() - windowMs).length;
    const bound = cancelledShare > 0 ? Math.ceil(windowMs / limits.keyLeaseMilliseconds) + 2 : 3;
    check(recent <= bound, `${recent} fetches within ${windowMs} ms`);
  }

  async function request(isolate: Isolate, kid: string): Promise<void> {
    report.requests += 1;
    const caller: Caller = { cancelled: false };
    const startMs = scheduler.now();
    const { known } = isolate;
    const usable =
      known?.kids.has(kid) === true &&
      // Ages are logged in whole seconds, so the last one proves nothing.
      startMs - known.fetchedAtMs < limits.keySetLifetimeMilliseconds - 1_000;
    const calm = published.includes(kid) && startMs - Math.max(calmSinceMs, publishedAtMs) > calmMs;
    const result = callers.run(caller, () => isolate.store.find(source, kid, () => {}));
    check(!usable || !(result instanceof Promise), "a request with a usable key waited");
    check(!usable || (!(result instanceof Promise) && result.ok), "a request with a usable key failed");
    if (!(result instanceof Promise)) return settle(isolate, kid, result.ok);
    if (random() < cancelledShare) {
      report.cancelled += 1;
      scheduler.after(random() * limits.keyLeaseMilliseconds, () => {
        caller.cancelled = true;
        isolate.cancelledAtMs = scheduler.now();
      });
      return;
    }
    let ended = false;
    scheduler.after(answerWithinMs, () => check(ended, "a request did not end"));
    void result.then((settled) => {
      ended = true;
      settle(isolate, kid, settled.ok);
      const stillCalm = authority.kind === "ok" && published.includes(kid) && calmSinceMs < startMs;
      const undisturbed = startMs - isolate.cancelledAtMs > 2 * limits.keyLeaseMilliseconds;
      check(settled.ok || !calm || !stillCalm || !undisturbed, "a good key was not found in calm times");
    }, scheduler.fail);
  }

  function settle(isolate: Isolate, kid: string, found: boolean): void {
    report[found ? "found" : "refused"] += 1;
    if (!found) return;
    // Ages are logged in whole seconds.
    const isYounger = (set: KnownSet | undefined, toleranceMs: number) =>
      set !== undefined && scheduler.now() - set.fetchedAtMs < limits.keySetLifetimeMilliseconds + toleranceMs;
    const isCold = !isYounger(isolate.known, -1_000);
    const from = [isolate.known, ...(isCold ? isolate.offered : [])].filter((set) => set?.kids.has(kid));
    check(from.length > 0, "a key was accepted that is not in the last good set");
    check(
      from.some((set) => isYounger(set, 1_000)),
      "a key was accepted that is older than a day",
    );
  }

  function changeKeys(): void {
    const kind = random();
    if (kind < 0.6 || published.length < 2) published = [...published, `kid-${keyCount++}`];
    else published = published.slice(1);
    publishedAtMs = scheduler.now();
  }

  function changeAuthority(): void {
    const kind = pick(["ok", "ok", "down", "broken", "hanging"] as const);
    if (kind !== "ok" || authority.kind !== "ok") calmSinceMs = scheduler.now();
    authority = { kind, latencyMs: pick([5, 50, 500, 2_500]) };
  }

  const restore = replaceCryptography((text, digest) => {
    kidsByDigest.set(digest, readKids(text));
  });
  try {
    const isolates = Array.from({ length: isolateCount }, createIsolate);
    for (let step = 0; step < stepCount; step += 1) {
      const index = Math.floor(random() * isolateCount);
      const action = random();
      if (action < 0.03) isolates[index] = createIsolate();
      else if (action < 0.08) changeKeys();
      else if (action < 0.15) changeAuthority();
      const burst = random() < 0.1 ? 20 : 1;
      for (let count = 0; count < burst; count += 1) {
        const kid = random() < 0.2 ? `invented-${step}-${count}` : pick([...published, "kid-0"]);
        await request(isolates[index]!, kid);
      }
      await scheduler.advance(pick([1, 10, 1_000, 20_000, 60_000, 600_000, 3_600_000, 10 * 3_600_000]) * random());
    }
    await scheduler.advance(answerWithinMs);
    return report;
  } finally {
    restore();
  }
}

/** The key IDs of a key set; none if the text is broken. */
function readKids(text: string): ReadonlySet<string> {
  try {
    const { keys } = JSON.parse(text) as { keys: { kid: string }[] };
    return new Set(keys.map(({ kid }) => kid));
  } catch {
    return new Set();
  }
}

type ForCaller = (callback: () => void) => () => void;

/** A response whose parts arrive when the scheduler decides. */
function answer(
  scheduler: Scheduler,
  authority: AuthorityState,
  published: readonly string[],
  forCaller: ForCaller,
  onAnswer: (text: string) => void,
): Promise<Response> {
  const keys = published.map((kid) => ({ kid, kty: "RSA", e: "AQAB", n: modulus, use: "sig" }));
  const good = JSON.stringify({ keys });
  const text =
    authority.kind === "broken" ? scheduler.pick(["", "<html>", '{"keys":[]}', good.slice(0, 20), "null"]) : good;
  const response = {
    status: authority.kind === "down" ? 503 : 200,
    headers: new Headers(),
    body: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  } as unknown as Response;
  if (authority.kind === "hanging") return new Promise(() => {});
  return new Promise((resolve) => {
    scheduler.after(
      authority.latencyMs,
      forCaller(() => {
        if (response.status === 200) onAnswer(text);
        resolve(response);
      }),
    );
  });
}

/** 2,048 bits; nothing is signed here. */
const modulus = `8${"f".repeat(340)}w`;

function openCache(
  scheduler: Scheduler,
  entries: Map<string, string>,
  forCaller: ForCaller,
  onMatch: (text: string) => void,
): Cache {
  const later = <T>(value: () => T) =>
    new Promise<T>((resolve) => {
      scheduler.after(
        scheduler.random() * 20,
        forCaller(() => resolve(value())),
      );
    });
  return {
    match: (url: string) => {
      return later(() => {
        const text = entries.get(url);
        if (text === undefined) return undefined;
        onMatch(text);
        return { text: async () => text } as Response;
      });
    },
    put: async (url: string, response: Response) => {
      const text = await response.text();
      await later(() => entries.set(url, text));
    },
  } as unknown as Cache;
}

/**
 * Replaces cryptography, which runs on other threads at its own pace: it responds at once, and a digest is a number.
 *
 * @param note is called with the input of each digest
 * @returns a function that restores it
 */
function replaceCryptography(note: (text: string, digest: string) => void): () => void {
  const { importKey, digest } = crypto.subtle;
  const numbers = new Map<string, number>();
  crypto.subtle.importKey = (async () => ({})) as unknown as typeof importKey;
  crypto.subtle.digest = (async (_algorithm: string, bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    const value = new Uint8Array(new Uint32Array([number]).buffer);
    note(text, Buffer.from(value).toString("hex"));
    return value.buffer;
  }) as unknown as typeof digest;
  return () => {
    crypto.subtle.importKey = importKey;
    crypto.subtle.digest = digest;
  };
}
