import { setImmediate } from "node:timers";
import type { Io } from "../../src/base/common/io.ts";
import { createRandom } from "./random.ts";

/** 2026-11-25T12:00:00Z. */
export const frozenNowMs = Date.UTC(2026, 10, 25, 12);
export const frozenNowSeconds = frozenNowMs / 1_000;

export interface FakeIoOptions {
  readonly nowMs?: number;
  /** Responds to requests; if absent, every request throws. */
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  /** The data center's cache, a function that opens it, or `undefined` if there is none. */
  readonly cache?: Cache | (() => Promise<Cache | undefined>);
  /** Seed of the random numbers. */
  readonly seed?: number;
}

export interface FakeIo extends Io {
  /** All log lines, in order. */
  readonly lines: Record<string, unknown>[];
  /** All requests to the network, in order. */
  readonly requests: Request[];
  /** Moves the clock and fires due timers in order, each after the work of the previous one. */
  advance(durationMs: number): Promise<void>;
  /** Moves the clock without firing timers, as in a suspended isolate. */
  jump(durationMs: number): void;
  /** Number of pending timers. */
  timers(): number;
  /** Replaces the random numbers by one number, or by a source. */
  setRandom(source: number | (() => number)): void;
  /** Replaces the responses of the network. */
  setFetch(fetch: (request: Request) => Response | Promise<Response>): void;
}

/** Dependencies with a frozen clock, which only the test advances. */
export function createFakeIo(options: FakeIoOptions = {}): FakeIo {
  const lines: Record<string, unknown>[] = [];
  const requests: Request[] = [];
  const timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>();
  let nowMs = options.nowMs ?? frozenNowMs;
  let lastTimer = 0;
  let random = createRandom(options.seed ?? 1);
  let answer = options.fetch ?? refuseNetwork;
  const { cache } = options;

  function nextDue(untilMs: number): number | undefined {
    let next: number | undefined;
    for (const [id, { dueMs }] of timers) {
      const earliest = next === undefined ? Number.POSITIVE_INFINITY : (timers.get(next)?.dueMs ?? 0);
      if (dueMs <= untilMs && dueMs < earliest) next = id;
    }
    return next;
  }

  return {
    lines,
    requests,
    now: () => nowMs,
    async fetch(input, init) {
      const request = input instanceof Request ? input : new Request(input, init);
      requests.push(request);
      return answer(request);
    },
    after(delayMs, callback) {
      lastTimer += 1;
      const id = lastTimer;
      timers.set(id, { dueMs: nowMs + Math.max(0, delayMs), callback });
      // It is due without a movement of the clock.
      if (delayMs === 0) setImmediate(() => timers.delete(id) && callback());
      return () => timers.delete(id);
    },
    random: () => random(),
    openCache: async () => (typeof cache === "function" ? cache() : cache),
    log: (line) => lines.push(structuredClone(line) as Record<string, unknown>),
    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      await settle();
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = Math.max(nowMs, timer?.dueMs ?? nowMs);
        timer?.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    jump(durationMs) {
      nowMs += durationMs;
    },
    timers: () => timers.size,
    setRandom(source) {
      random = typeof source === "number" ? () => source : source;
    },
    setFetch(fetch) {
      answer = fetch;
    },
  };
}

/** Waits until all promises, streams and cryptography that need no timer have settled. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (operations > 0) turn = 0;
  }
}

/** Pending operations of WebCrypto. They run on other threads, so a number of turns does not tell when they end. */
let operations = 0;

for (const name of ["digest", "importKey", "exportKey", "generateKey", "sign", "verify"] as const) {
  const operate = crypto.subtle[name].bind(crypto.subtle) as (...input: unknown[]) => Promise<unknown>;
  const counted = (...input: unknown[]) => {
    operations += 1;
    return operate(...input).finally(() => {
      operations -= 1;
    });
  };
  Object.assign(crypto.subtle, { [name]: counted });
}

function refuseNetwork(request: Request): never {
  throw new TypeError(`closed network: ${request.method} ${request.url}`);
}
