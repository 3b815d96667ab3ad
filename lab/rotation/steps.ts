/** The keys of one deployment, by number: 0 is the first key, 1 is the next one. */
export interface Step {
  readonly name: string;
  /** Minute of the run's clock at which it is deployed. */
  readonly atMinutes: number;
  readonly signs: 0 | 1;
  /** The key that is only published. */
  readonly other: 0 | 1 | undefined;
}

/** Minutes of the clock in a run. */
export const runMinutes = 15;

/**
 * The steps of docs/reference/assertions.md, with its waits: ten minutes before the next key signs, and two after it.
 */
export const documentedSteps: readonly Step[] = [
  { name: "before the rotation", atMinutes: 0, signs: 0, other: undefined },
  { name: "1. the next key is published", atMinutes: 1, signs: 0, other: 1 },
  { name: "3. the next key signs", atMinutes: 11, signs: 1, other: 0 },
  { name: "4. the old key is removed", atMinutes: 13, signs: 1, other: undefined },
];
