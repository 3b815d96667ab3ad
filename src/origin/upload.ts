import { type Deadline, isWorkers } from "../io.ts";
import * as limits from "../limits.ts";

/** What an upload tells of its two ends. */
export interface UploadEvents {
  /** Runs while the origin takes the first bytes, and from the last byte on, but never while a slow client is waited for. */
  readonly deadline: Deadline;
  /** The client's body broke off. The platform does not always break the origin's request for it. */
  onBroken(cause: unknown): void;
}

/**
 * Passes a request's body on.
 *
 * @param body of the client's request
 * @param length in bytes, where it is known; the origin is told it too
 * @returns the body for the origin's request
 */
export function relayBody(
  body: ReadableStream<Uint8Array>,
  length: number | undefined,
  events: UploadEvents,
): ReadableStream<Uint8Array> {
  const { readable, writable } = createPipe(length);
  pump(body, writable, events.deadline).catch((cause) => {
    // An origin that wants no more lets go of the client's body. What refuses to be let go is broken itself.
    body.cancel(cause).catch(() => events.onBroken(cause));
    writable.abort(cause).catch(() => {});
  });
  return readable;
}

/**
 * Hands the first bytes over one chunk at a time, each under the deadline. The rest is left to the platform, which copies
 * without waking the script, at a tenth of the cost.
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
      if (deadline.hasPassed) throw new TypeError("the origin took too long");
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

/** The platform's own pipes keep the length, and copy without waking the script. */
function createPipe(length: number | undefined): TransformStream<Uint8Array, Uint8Array> {
  if (!isWorkers()) return new TransformStream();
  return length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
}
