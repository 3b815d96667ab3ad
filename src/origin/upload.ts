import { type Deadline, isWorkers } from "../io.ts";
import * as limits from "../limits.ts";

/** Callbacks and deadline of an upload. */
export interface UploadEvents {
  /** Runs while the origin reads the first bytes, and after the last byte. It does not run while the client is slow. */
  readonly deadline: Deadline;
  /** Called if the client's body breaks off. Not every platform then aborts the origin's request. */
  onBroken(cause: unknown): void;
}

/**
 * Passes on the body of a request.
 *
 * @param body of the client's request
 * @param length in bytes, if it is known; the origin gets it too
 * @returns the body for the origin's request
 */
export function relayBody(
  body: ReadableStream<Uint8Array>,
  length: number | undefined,
  events: UploadEvents,
): ReadableStream<Uint8Array> {
  const { readable, writable } = createPipe(length);
  pump(body, writable, events.deadline).catch((cause) => {
    // If the origin stops reading, the client's body is canceled. If that fails, the body is already broken.
    body.cancel(cause).catch(() => events.onBroken(cause));
    writable.abort(cause).catch(() => {});
  });
  return readable;
}

/**
 * Passes on the first bytes chunk by chunk under the deadline. The platform copies the rest without running the script,
 * at a tenth of the cost.
 */
async function pump(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  deadline: Deadline,
): Promise<void> {
  const reader = body.getReader();
  const writer = writable.getWriter();
  let whole = false;
  try {
    for (let bytes = 0; bytes < limits.watchedUploadBytes; ) {
      const { done, value } = await reader.read();
      whole = done;
      if (done) break;
      deadline.start();
      await Promise.race([writer.write(value), deadline.passed]);
      if (deadline.hasPassed) throw new TypeError("the origin read the body too slowly");
      deadline.pause();
      bytes += value.byteLength;
    }
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
  await (whole ? writable.close() : body.pipeTo(writable));
  deadline.start();
}

/** The platform's pipes keep the length and copy without running the script. */
function createPipe(length: number | undefined): TransformStream<Uint8Array, Uint8Array> {
  if (!isWorkers()) return new TransformStream();
  return length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
}
