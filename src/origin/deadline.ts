import type { Io } from "../io.ts";

/** A time limit that counts only while it runs. */
export interface Deadline {
  /** Settles when the time is up, and only then. */
  readonly passed: Promise<undefined>;
  readonly hasPassed: boolean;
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
 * @param onPassed called when the time is up
 */
export function createDeadline(io: Pick<Io, "after">, limitMs: number, onPassed: () => void): Deadline {
  let cancel: (() => void) | undefined;
  let hasEnded = false;
  let hasPassed = false;
  let resolve = (_: undefined) => {};
  const passed = new Promise<undefined>((settle) => {
    resolve = settle;
  });
  const pass = () => {
    hasPassed = true;
    onPassed();
    resolve(undefined);
  };
  const pause = () => {
    cancel?.();
    cancel = undefined;
  };
  return {
    passed,
    get hasPassed() {
      return hasPassed;
    },
    start() {
      pause();
      if (!hasEnded) cancel = io.after(limitMs, pass);
    },
    pause,
    end() {
      hasEnded = true;
      pause();
    },
  };
}
