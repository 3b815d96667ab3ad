/**
 * Everything that the gate takes from the world. It is passed in, so that tests can freeze the clock, close the
 * network and replay an interleaving.
 */
export interface Io {
  /** Milliseconds since the epoch. */
  now(): number;
  // A property, so that an implementation which takes only one of both does not compile.
  readonly fetch: (input: Request | string, init?: RequestInit) => Promise<Response>;
  /** Calls back after a delay in milliseconds; returns how to cancel that. */
  after(delayMs: number, callback: () => void): () => void;
  /** At least 0, below 1. */
  random(): number;
  /** The shared cache of this data centre; `undefined` where the platform has none. */
  openCache(): Promise<Cache | undefined>;
  /** Writes one line to the operator's log, as JSON. */
  log(line: object): void;
}

/** Keeps a promise alive past the answer: `ctx.waitUntil` on Workers. */
export type Background = (work: Promise<unknown>) => void;

/** Resolves after `delayMs` milliseconds. */
export function sleep(io: Pick<Io, "after">, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    io.after(delayMs, resolve);
  });
}

/**
 * Waits for `work` no longer than `delayMs` milliseconds.
 *
 * @returns its value, or `undefined` where it was late; rejects where it rejected in time
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
    // Where the deadline won, nobody listens to the work any more.
    work.catch(() => {});
  }
}

/** Name of the gate's own cache; its entries are under host names that no request can reach. */
const cacheName = "entra-gate";

/** The platform's own clock, network, timers, random numbers, cache and console. */
export const platformIo: Io = {
  now: () => Date.now(),
  fetch: (input, init) => fetch(input, init),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  openCache: async () => (typeof caches === "undefined" ? undefined : caches.open(cacheName)),
  log: (line) => console.log(JSON.stringify(line)),
};

/** A time limit that counts only while it runs. */
export interface Deadline {
  /** Settles when the time is up, and only then. */
  readonly passed: Promise<undefined>;
  readonly hasPassed: boolean;
  /** Counts from now, with the whole limit; does nothing after {@link end}. */
  start(): void;
  /** Stops counting. */
  pause(): void;
  /** Stops counting for good. */
  end(): void;
}

/**
 * Makes a deadline that does not run yet.
 *
 * @param limitMs in milliseconds
 * @param onPassed called when the time is up
 */
export function createDeadline(io: Pick<Io, "after">, limitMs: number, onPassed: () => void): Deadline {
  let cancel: (() => void) | undefined;
  let hasEnded = false;
  let hasPassed = false;
  let resolve = (_: undefined) => {};
  const passed = new Promise<undefined>((settle) => {
    resolve = settle;
  });
  const pass = () => {
    hasPassed = true;
    onPassed();
    resolve(undefined);
  };
  const pause = () => {
    cancel?.();
    cancel = undefined;
  };
  return {
    passed,
    get hasPassed() {
      return hasPassed;
    },
    start() {
      pause();
      if (!hasEnded) cancel = io.after(limitMs, pass);
    },
    pause,
    end() {
      hasEnded = true;
      pause();
    },
  };
}

/**
 * Whether this is Cloudflare's runtime. It alone hands an origin's compressed body over as it came, and sends a stream
 * with a length; as the Fetch Standard has it, a body is decompressed under headers that still call it compressed.
 */
export function isWorkers(): boolean {
  return (globalThis as { readonly FixedLengthStream?: unknown }).FixedLengthStream !== undefined;
}

/**
 * Headers for one response, of headers that many responses have. Workers copy what a response is made of; the Response of
 * `@hono/node-server` keeps the object, so that whoever changed one response's headers would change everybody's.
 */
export function copyHeaders(shared: Headers): Headers {
  return isWorkers() ? shared : new Headers(shared);
}
