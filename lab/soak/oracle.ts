/** Tokens signed by one key, and the history of that key. */
export interface Pool {
  readonly tokens: readonly string[];
  readonly kid: string;
  /** When the authority began to publish the key. */
  readonly publishedAtMs: number;
  /** When the authority removed the key. */
  removedAtMs?: number;
}

/** The result for a client: the status and the class of the challenge, or a broken response. */
export type Outcome = string;

/**
 * End of the time in which the gate may not know a new key, while invented kids keep arriving: its cooldown, and a
 * margin.
 */
export const introductionMs = 35_000;
/** End of the time in which the gate may not fetch again after a failure: its longest back-off, and a margin. */
export const recoveryMs = 75_000;

/** Time of the authority's last failure. */
export interface Failure {
  readonly failingFromMs: number;
  readonly failingUntilMs: number;
}

export const accepted = "200";
export const refused = "401 invalid_token";
const unavailable = "503";

/** Correct outcomes for a token of a pool. There is only one if its key was published all the time. */
export function judgePool(pool: Pool, failure: Failure, sentAtMs: number): readonly Outcome[] {
  const { publishedAtMs, removedAtMs } = pool;
  if (removedAtMs !== undefined) {
    const surely = sentAtMs >= removedAtMs + introductionMs && !mayLackKeys(failure, sentAtMs);
    return surely ? [refused] : [accepted, refused, unavailable];
  }
  if (publishedAtMs === 0 || sentAtMs >= publishedAtMs + introductionMs) return [accepted];
  return [accepted, ...judgeUnknown(failure, sentAtMs)];
}

/** Correct outcomes for an invented key: never allowed, and 503 only if the authority was unavailable. */
export function judgeUnknown(failure: Failure, sentAtMs: number): readonly Outcome[] {
  return mayLackKeys(failure, sentAtMs) ? [refused, unavailable] : [refused];
}

function mayLackKeys({ failingFromMs, failingUntilMs }: Failure, sentAtMs: number): boolean {
  return sentAtMs >= failingFromMs - introductionMs && sentAtMs < failingUntilMs + recoveryMs;
}
