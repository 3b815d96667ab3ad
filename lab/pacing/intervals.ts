import type { Estimate } from "../statistics.ts";
import { createRandom } from "./sequence.ts";

const resamples = 400;

/**
 * Estimates how far figures would vary if the rounds were taken again (bootstrap, percentile method).
 *
 * @param rounds number of rounds that were taken
 * @param figuresOf computes the figures, given how often each round counts
 */
export function estimate(rounds: number, figuresOf: (weights: Uint32Array) => readonly number[]): readonly Estimate[] {
  const random = createRandom(1);
  const drawn = Array.from({ length: resamples }, () => {
    const weights = new Uint32Array(rounds);
    for (let draw = 0; draw < rounds; draw += 1) weights[Math.floor(random() * rounds)]! += 1;
    return figuresOf(weights);
  });
  return figuresOf(new Uint32Array(rounds).fill(1)).map((value, column) => {
    const sorted = drawn.map((figures) => figures[column]!).sort((a, b) => a - b);
    return { value, low: sorted[Math.floor(resamples * 0.025)]!, high: sorted[Math.floor(resamples * 0.975)]! };
  });
}

/**
 * Pools the values of rounds.
 *
 * @returns a function that returns the values below which given shares of the values lie, given how often each round
 *   counts
 */
export function poolRounds(
  rounds: readonly Float64Array[],
): (weights: Uint32Array, shares: readonly number[]) => readonly number[] {
  const sorted = rounds
    .flatMap((values, round) => Array.from(values, (value) => ({ value, round })))
    .sort((a, b) => a.value - b.value);
  const all = Float64Array.from(sorted, ({ value }) => value);
  const roundOf = Uint16Array.from(sorted, ({ round }) => round);
  return (weights, shares) => {
    const total = rounds.reduce((sum, { length }, round) => sum + length * weights[round]!, 0);
    let at = 0;
    let passed = 0;
    return shares.map((share) => {
      while (at < all.length - 1 && passed + weights[roundOf[at]!]! < total * share) {
        passed += weights[roundOf[at]!]!;
        at += 1;
      }
      return all[at]!;
    });
  };
}
