import * as limits from "./limits.ts";

/**
 * The platform's clock, network, timers, random numbers, cache and log. They are passed in, so that tests can freeze
 * the clock, close the network and replay an interleaving.
 */
export interface Io {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Sends a request, as the platform's `fetch` does. */
  // A property and not a method: an implementation that accepts only one of the input types does not compile.
  readonly fetch: (input: Request | string, init?: RequestInit) => Promise<Response>;
  /** Calls back after a delay in milliseconds. Returns a function that cancels the call. */
  after(delayMs: number, callback: () => void): () => void;
  /** At least 0, below 1. */
  random(): number;
  /** The cache that all isolates of a data center share; `undefined` if the platform has none. */
  openCache(): Promise<Cache | undefined>;
  /** Writes one line to the operator's log, as JSON. */
  log(line: object): void;
}

/** Keeps a promise alive after the response: `ctx.waitUntil` on Workers. */
export type Background = (work: Promise<unknown>) => void;

/** Resolves after `delayMs` milliseconds. */
export function sleep(io: Pick<Io, "after">, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    io.after(delayMs, resolve);
  });
}

/**
 * Waits for `work`, at most `delayMs` milliseconds.
 *
 * @returns its value, or `undefined` if the time is up; rejects if the work rejects in time
 */
export async function withDeadline<T>(
  io: Pick<Io, "after">,
  delayMs: number,
  work: Promise<T>,
): Promise<T | undefined> {
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = io.after(delayMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
    // After the deadline, no other code handles a rejection of the work.
    work.catch(() => {});
  }
}

/** Name of the gate's cache. Its entries have host names that no request can reach. */
const cacheName = "entra-gate";

/** The platform's clock, network, timers, random numbers, cache and console. */
export const platformIo: Io = {
  now: () => Date.now(),
  fetch: (input, init) => fetch(input, init),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  openCache: async () => (typeof caches === "undefined" ? undefined : caches.open(cacheName)),
  log: (line) => console.log(JSON.stringify(line, cut)),
};

/** Bounds each member of a log line, for `JSON.stringify`. */
function cut(_: string, value: unknown): unknown {
  if (typeof value === "string") return value.slice(0, limits.logCharacters);
  return Array.isArray(value) ? value.slice(0, limits.logItems) : value;
}

/** A time limit that can be paused. It is not running yet when it is created. */
export class Deadline {
  hasPassed = false;
  readonly #io: Pick<Io, "after">;
  readonly #limitMs: number;
  readonly #onPassed: () => void;
  #hasEnded = false;
  #cancel: (() => void) | undefined;

  /**
   * @param limitMs in milliseconds
   * @param onPassed called when the time is up
   */
  constructor(io: Pick<Io, "after">, limitMs: number, onPassed: () => void) {
    this.#io = io;
    this.#limitMs = limitMs;
    this.#onPassed = onPassed;
  }

  /** Starts to count the whole limit. Has no effect after {@link end}. */
  start(): void {
    if (this.#hasEnded) return;
    this.#cancel?.();
    this.#cancel = this.#io.after(this.#limitMs, () => {
      this.hasPassed = true;
      this.#onPassed();
    });
  }

  /** Stops counting until the next {@link start}. */
  pause(): void {
    this.#cancel?.();
  }

  /** Stops counting permanently. */
  end(): void {
    this.#hasEnded = true;
    this.#cancel?.();
  }
}
