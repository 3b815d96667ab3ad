import type { Io } from "../io.ts";

/** A time limit that counts only while it runs. */
export interface Deadline {
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** Settles when the time is up, and only then. */
  readonly passed: Promise<undefined>;
  /** Counts from now, with the whole limit; does nothing after {@link end}. */
  start(): void;
  /** Stops counting. */
  pause(): void;
  /** Stops counting for good. */
  end(): void;
}

/**
 * Makes a deadline that does not run yet.
 *
 * @param limitMs in milliseconds
 */
export function createDeadline(io: Pick<Io, "after">, limitMs: number): Deadline {
  const controller = new AbortController();
  const passed = new Promise<undefined>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(undefined));
  });
  let cancel: (() => void) | undefined;
  let ended = false;
  const pause = () => {
    cancel?.();
    cancel = undefined;
  };
  return {
    signal: controller.signal,
    passed,
    start() {
      pause();
      if (!ended) cancel = io.after(limitMs, () => controller.abort());
    },
    pause,
    end() {
      ended = true;
      pause();
    },
  };
}
