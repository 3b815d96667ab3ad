/** Names that count for a while, bounded in number: what was looked for in vain is not looked for again at once. */
export interface ExpiringNames {
  has(name: string, nowMs: number): boolean;
  /** @param untilMs how long the name counts, in milliseconds since the epoch */
  add(name: string, untilMs: number): void;
}

/**
 * Makes an empty memory of names.
 *
 * @param maximum how many names; past that the oldest is forgotten
 */
export function createExpiringNames(maximum: number): ExpiringNames {
  const untilMs = new Map<string, number>();
  return {
    has: (name, nowMs) => nowMs < (untilMs.get(name) ?? 0),
    add(name, until) {
      if (untilMs.size >= maximum) {
        const [oldest] = untilMs.keys();
        if (oldest !== undefined) untilMs.delete(oldest);
      }
      untilMs.set(name, until);
    },
  };
}
