/** How often the command checks whether the process that started it still runs. */
const orphanCheckMilliseconds = 500;

/** Ends when the user or the shell asks this process to stop. */
export function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    if (process.env.npm_lifecycle_event !== undefined) callWhenOrphaned(resolve);
  });
}

/**
 * npm sends SIGTERM to its shell. The shell ends without forwarding the signal, so this process watches for a new
 * parent.
 */
function callWhenOrphaned(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, orphanCheckMilliseconds);
  timer.unref();
}
