/** Names that are remembered for a limited time and up to a maximum number, so that a failure is not repeated at once. */
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
 */
export function createExpiringNames(maximum: number): ExpiringNames {
  const untilMs = new Map<string, number>();
  return {
    leftMs: (name, nowMs) => (untilMs.get(name) ?? 0) - nowMs,
    add(name, until) {
      // A name that is added again is the newest.
      untilMs.delete(name);
      if (untilMs.size >= maximum) untilMs.delete(untilMs.keys().next().value as string);
      untilMs.set(name, until);
    },
  };
}
