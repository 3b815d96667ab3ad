import { onTestFinished, vi } from "vitest";
import { readRuntime, runtime } from "../../src/base/common/runtime.ts";

/**
 * Lets the gate take its runtime for another one than Workers, until the end of the test.
 *
 * @param globals that the other runtime has
 */
export function leaveWorkers(globals: Readonly<Record<string, unknown>> = {}): void {
  // The gate recognizes Workers by this stream.
  for (const [name, value] of Object.entries({ FixedLengthStream: undefined, ...globals })) vi.stubGlobal(name, value);
  Object.assign(runtime, readRuntime());
  onTestFinished(() => {
    vi.unstubAllGlobals();
    Object.assign(runtime, readRuntime());
  });
}
