import { limits } from "../limits.ts";

/** Kids that were looked for in vain, for a while, bounded in number: an invented kid costs one look-up. */
export interface UnknownKids {
  has(source: string, kid: string, nowMs: number): boolean;
  /** @param untilMs when the kid may be looked for again */
  add(source: string, kid: string, untilMs: number): void;
}

export function createUnknownKids(): UnknownKids {
  const untilMs = new Map<string, number>();
  // A kid is free text: the separator must not be able to occur in a source, which is a URL.
  const name = (source: string, kid: string) => `${source} ${kid}`;
  return {
    has: (source, kid, nowMs) => nowMs < (untilMs.get(name(source, kid)) ?? 0),
    add(source, kid, until) {
      if (untilMs.size >= limits.unknownKids) {
        const [oldest] = untilMs.keys();
        if (oldest !== undefined) untilMs.delete(oldest);
      }
      untilMs.set(name(source, kid), until);
    },
  };
}
