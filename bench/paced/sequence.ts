/** A source of random numbers of at least 0, below 1, that gives the same ones again for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each index below `size` is as likely as the others. */
export function pickRandomly(length: number, size: number, random: () => number): Uint32Array {
  return Uint32Array.from({ length }, () => Math.floor(random() * size));
}

/** One index after the other, over and over. */
export function pickInTurn(length: number, size: number, from = 0): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => (from + index) % size);
}

/** Poisson arrivals: independent callers. */
export function arriveRandomly(length: number, perSecond: number, random: () => number): Float64Array {
  let atMs = 0;
  return Float64Array.from({ length }, () => {
    atMs += (-Math.log(1 - random()) * 1_000) / perSecond;
    return atMs;
  });
}

/** Brings items into random order. */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
