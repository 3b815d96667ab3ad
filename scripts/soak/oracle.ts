/** Tokens signed by one key, and what became of that key. */
export interface Pool {
  readonly tokens: readonly string[];
  readonly kid: string;
  /** When the authority began to publish the key. */
  readonly publishedAtMs: number;
  /** When it stopped. */
  removedAtMs?: number;
}

/** What a client can see of an answer: its status and the class of its challenge, or that it broke off. */
export type Outcome = string;

/** Until when a new key may be unknown to the gate, where invented kids never stop: the gate's cooldown, and a little. */
export const introductionMs = 35_000;
/** Until when a failed fetch may keep the gate from asking again: its longest back-off, and a little. */
export const recoveryMs = 75_000;

/** When the authority failed last. */
export interface Weather {
  readonly failingFromMs: number;
  readonly failingUntilMs: number;
}

export const accepted = "200";
export const refused = "401 invalid_token";
const unavailable = "503";

/** Outcomes that are right for a token of a pool. A key that was published all the time leaves no choice. */
export function judgePool(pool: Pool, weather: Weather, sentAtMs: number): readonly Outcome[] {
  const { publishedAtMs, removedAtMs } = pool;
  if (removedAtMs !== undefined) {
    const surely = sentAtMs >= removedAtMs + introductionMs && !mayLackKeys(weather, sentAtMs);
    return surely ? [refused] : [accepted, refused, unavailable];
  }
  if (publishedAtMs === 0 || sentAtMs >= publishedAtMs + introductionMs) return [accepted];
  return [accepted, ...judgeUnknown(weather, sentAtMs)];
}

/** Outcomes that are right for a key that nobody has: never in, and 503 only where the authority could not be asked. */
export function judgeUnknown(weather: Weather, sentAtMs: number): readonly Outcome[] {
  return mayLackKeys(weather, sentAtMs) ? [refused, unavailable] : [refused];
}

function mayLackKeys({ failingFromMs, failingUntilMs }: Weather, sentAtMs: number): boolean {
  return sentAtMs >= failingFromMs - introductionMs && sentAtMs < failingUntilMs + recoveryMs;
}
