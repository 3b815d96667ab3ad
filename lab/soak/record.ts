import type { KindName } from "./kinds.ts";
import type { Outcome } from "./oracle.ts";

/** Measurements of one interval of the run. */
export interface Stretch {
  readonly atSeconds: number;
  readonly answers: number;
  /** Durations of requests that wait only for the gate and a fast origin, in milliseconds. */
  readonly median: number;
  readonly percentile99: number;
  readonly residentBytes: number;
}

export interface Wrong {
  readonly kind: KindName;
  readonly atSeconds: number;
  readonly outcome: Outcome;
  readonly right: readonly Outcome[];
}

/** Collects the measurements of a run. */
export function createRecord(startMs: number, readResidentBytes: () => number) {
  const counts = new Map<KindName, Map<Outcome, number>>();
  const wrong: Wrong[] = [];
  const stretches: Stretch[] = [];
  let durations: number[] = [];
  let answers = 0;

  return {
    counts,
    wrong,
    stretches,
    /** @param durationMs of a request whose duration measures the gate */
    note(kind: KindName, outcome: Outcome, durationMs?: number): void {
      const outcomes = counts.get(kind) ?? new Map<Outcome, number>();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      counts.set(kind, outcomes);
      answers += 1;
      if (durationMs !== undefined) durations.push(durationMs);
    },
    noteWrong(kind: KindName, outcome: Outcome, right: readonly Outcome[]): void {
      wrong.push({ kind, atSeconds: Math.round((Date.now() - startMs) / 1_000), outcome, right });
    },
    /** Ends an interval. */
    cut(): void {
      const sorted = durations.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
      stretches.push({
        atSeconds: Math.round((Date.now() - startMs) / 1_000),
        answers,
        median: at(0.5),
        percentile99: at(0.99),
        residentBytes: readResidentBytes(),
      });
      durations = [];
      answers = 0;
    },
  };
}
