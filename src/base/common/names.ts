/**
 * Names that are remembered for a limited time and up to a maximum number, so that a failure is not repeated at once.
 */
export interface ExpiringNames {
  /** How long the name is still remembered, in milliseconds; 0 or less if it is not. */
  leftMs(name: string, nowMs: number): number;
  /** @param untilMs when the name expires, in milliseconds since the epoch */
  add(name: string, untilMs: number): void;
}

/**
 * Creates an empty memory.
 *
 * @param maximum number of names; then the oldest is removed
 * @param longestMs the longest time for which a name is added, in milliseconds. After the clock was set back, a name
 *   can seem to have more time left than that. A name that has twice this time left is forgotten. The limit is twice
 *   the time, because the clock of a request can be some milliseconds behind.
 */
export function createExpiringNames(maximum: number, longestMs = Number.POSITIVE_INFINITY): ExpiringNames {
  const untilMs = new Map<string, number>();
  return {
    leftMs(name, nowMs) {
      const leftMs = (untilMs.get(name) ?? 0) - nowMs;
      return leftMs < 2 * longestMs ? leftMs : 0;
    },
    add(name, until) {
      // A name that is added again is the newest.
      untilMs.delete(name);
      if (untilMs.size >= maximum) untilMs.delete(untilMs.keys().next().value as string);
      untilMs.set(name, until);
    },
  };
}
