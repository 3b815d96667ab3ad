import type { Io } from "../../io.ts";
import { bodyBytesPerSecond, bodyIdleMilliseconds } from "../../limits.ts";

/** Watches how fast a body arrives. */
export interface BodyPace {
  /** Counts bytes that have just come. */
  note(bytes: number): void;
  /** Stops watching. */
  end(): void;
}

/**
 * Starts to watch a body. It is too slow after `limits.bodyIdleMilliseconds` without a byte, and, after the same time since its
 * start, once its average is no more than `limits.bodyBytesPerSecond`. One timer does for all of it, however many chunks come.
 *
 * @param onSlow called once, when the body is too slow
 */
export function watchPace(io: Pick<Io, "now" | "after">, onSlow: () => void): BodyPace {
  const startMs = io.now();
  let lastMs = startMs;
  let bytes = 0;

  function dueMs(): number {
    const averageMs = (bytes / bodyBytesPerSecond) * 1_000;
    return Math.min(lastMs + bodyIdleMilliseconds, startMs + Math.max(bodyIdleMilliseconds, averageMs));
  }

  function check(): void {
    if (io.now() >= dueMs()) onSlow();
    else cancel = schedule();
  }

  const schedule = () => io.after(dueMs() - io.now(), check);
  let cancel = schedule();
  return {
    note(more) {
      bytes += more;
      lastMs = io.now();
    },
    end: () => cancel(),
  };
}
