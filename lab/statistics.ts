/** Share of the values that a trimmed mean leaves out at each end. */
const trimmedShare = 0.2;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Mean without the fifth of the values at each end, which other programs of the machine have disturbed. */
export function trimmedMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * trimmedShare);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** A value, and the interval that contains most of the resampled values. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Formats an estimate: `0.12 (0.11 to 0.14)`. */
export function describeEstimate({ value, low, high }: Estimate, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

const resamples = 1_000;

/**
 * Estimates a statistic of rounds with a bootstrap in two stages: it resamples the processes, and then the rounds of
 * each. Two isolates with the same code can differ, so the rounds of one process are not independent.
 *
 * @param processes rounds of each process
 * @param statistic of rounds
 * @param percent of the resampled values that the interval contains
 */
export function bootstrap<Round>(
  processes: readonly (readonly Round[])[],
  statistic: (rounds: readonly Round[]) => number,
  percent = 95,
): Estimate {
  const pick = <T>(items: readonly T[]): T[] => items.map(() => items[Math.floor(Math.random() * items.length)] as T);
  const values = Array.from({ length: resamples }, () => statistic(pick(processes).flatMap(pick)));
  values.sort((a, b) => a - b);
  const omitted = Math.floor((resamples * (1 - percent / 100)) / 2);
  return {
    value: statistic(processes.flat()),
    low: values[omitted] as number,
    high: values[resamples - 1 - omitted] as number,
  };
}
