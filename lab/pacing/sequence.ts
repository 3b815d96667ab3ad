/** A source of random numbers from 0 to below 1, which are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Picks indexes below `size` with equal probability. */
export function pickRandomly(length: number, size: number, random: () => number): Uint32Array {
  return Uint32Array.from({ length }, () => Math.floor(random() * size));
}

/** Picks indexes in order, in a cycle. */
export function pickInTurn(length: number, size: number, from = 0): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => (from + index) % size);
}

/** Creates Poisson arrivals, as of independent callers. */
export function arriveRandomly(length: number, perSecond: number, random: () => number): Float64Array {
  let atMs = 0;
  return Float64Array.from({ length }, () => {
    atMs += (-Math.log(1 - random()) * 1_000) / perSecond;
    return atMs;
  });
}

/** Brings items into random order. */
export function shuffle<T>(items: readonly T[], random: () => number = Math.random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
