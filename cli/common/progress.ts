/** A shorter step needs no explanation. */
const intervalMilliseconds = 1_000;

/** Where progress is shown; tests pass their own. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Says on a terminal what the command waits for, once it has waited for a second: `Checking the token, 3 s`. The line
 * is not part of the output, so it disappears when the step ends.
 *
 * @param text what the step does
 * @returns ends it, also if it has ended
 */
export function startProgress(text: string, output: ProgressOutput = process.stderr): () => void {
  if (output.isTTY !== true || process.env.TERM === "dumb") return () => {};
  let seconds = 0;
  let isShown = false;
  const timer = setInterval(() => {
    seconds += 1;
    isShown = true;
    output.write(`${eraseLine}${text}, ${seconds} s`);
  }, intervalMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isShown) output.write(eraseLine);
    isShown = false;
  };
}

/** Moves to the first column and erases the line. */
const eraseLine = "\r\u001b[K";

/** Runs a step with its progress. */
export async function withProgress<T>(
  text: string,
  step: () => Promise<T>,
  output: ProgressOutput = process.stderr,
): Promise<T> {
  const stop = startProgress(text, output);
  try {
    return await step();
  } finally {
    stop();
  }
}
