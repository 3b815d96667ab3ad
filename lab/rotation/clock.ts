/** A clock that runs faster than time, so that the documented waits of a rotation fit into a run. */
export interface ClockSettings {
  readonly startMs: number;
  /** Seconds of the clock in one second. */
  readonly speed: number;
}

/** Creates a clock. All parties of a run have the same. */
export function createClock({ startMs, speed }: ClockSettings): () => number {
  return () => startMs + (Date.now() - startMs) * speed;
}
