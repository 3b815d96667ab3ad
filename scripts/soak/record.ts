import type { KindName } from "./kinds.ts";
import type { Outcome } from "./oracle.ts";

/** What was seen in one stretch of the run. */
export interface Stretch {
  readonly atSeconds: number;
  readonly answers: number;
  /** Of requests that wait for nobody but the gate and a quick origin, in milliseconds. */
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

/** Gathers what a run sees. */
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
    /** @param durationMs of a request whose time is the gate's */
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
    /** Ends a stretch. */
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
