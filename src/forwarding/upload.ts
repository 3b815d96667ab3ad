import type { Deadline, Io } from "../base/common/io.ts";
import * as limits from "../base/common/limits.ts";
import { runtime } from "../base/common/runtime.ts";

/**
 * Passes on the body of a request.
 *
 * @param io timers
 * @param body of the client's request
 * @param length in bytes, if it is known; the origin gets it too
 * @param deadline runs while the origin reads the first bytes, and after the last byte, but not while the client is
 *   slow
 * @param abort is aborted when the deadline has passed, and aborts the origin's request if the client's body breaks
 *   off, which not every platform does
 * @returns the body of the origin's request
 */
export function relayBody(
  io: Pick<Io, "after">,
  body: ReadableStream<Uint8Array>,
  length: number | undefined,
  deadline: Deadline,
  abort: AbortController,
): ReadableStream<Uint8Array> {
  const { readable, writable } = createPipe(length);
  const stopped = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
  });
  stopped.catch(() => {});
  let isPiped = false;
  watch(body, writable, deadline, stopped)
    .then((isWhole) => {
      isPiped = !isWhole;
      // A broken body must not end the origin's request before it is known whose connection was lost.
      return isWhole ? writable.close() : body.pipeTo(writable, { preventAbort: true });
    })
    .then(() => deadline.start())
    .catch((cause) => {
      const end = () => writable.abort(cause).catch(() => {});
      const stop = () => {
        abort.abort(cause);
        end();
      };
      // If the origin stops reading, the client's body is canceled. If that fails, the body is already broken. Workers
      // also break a piped body if they lose the connection to the origin. The origin's request then fails by itself,
      // within the delay.
      body.cancel(cause).then(end, () => (isPiped ? io.after(limits.brokenUploadMilliseconds, stop) : stop()));
    });
  return readable;
}

/**
 * Passes on the first bytes piece by piece under the deadline. The platform copies the rest without running the script,
 * at a tenth of the cost.
 *
 * @returns whether these are all of the body
 */
async function watch(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  deadline: Deadline,
  stopped: Promise<never>,
): Promise<boolean> {
  const reader = body.getReader();
  const writer = writable.getWriter();
  const watched = runtime.connectsBeforeBody ? limits.watchedUploadReads : limits.watchedUploadReadsElsewhere;
  try {
    for (let reads = 0; reads < watched; reads += 1) {
      const { done, value } = await reader.read();
      if (done) return true;
      deadline.start();
      await Promise.race([writer.write(value), stopped]);
      deadline.pause();
    }
    return false;
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}

/**
 * Waits for the first piece of a body that was not announced. In Deno, each request that may have a body has a stream.
 * If the client sent no body, that stream has one empty piece. It has none if the client leaves before the first byte.
 *
 * @returns the same body, or `undefined` if the client sent none
 */
export async function findBody(body: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array> | undefined> {
  const reader = body.getReader();
  let first = await reader.read();
  if (first.value?.byteLength === 0) {
    first = await reader.read();
    if (first.done) return undefined;
  }
  const pass = (
    { done, value }: ReadableStreamReadResult<Uint8Array>,
    to: ReadableStreamDefaultController<Uint8Array>,
  ) => (done ? to.close() : to.enqueue(value));
  return new ReadableStream({
    start: (controller) => pass(first, controller),
    pull: async (controller) => pass(await reader.read(), controller),
    cancel: (reason) => reader.cancel(reason),
  });
}

function createPipe(length: number | undefined): TransformStream<Uint8Array, Uint8Array> {
  if (!runtime.hasPlatformPipes) return new TransformStream();
  return length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
}
