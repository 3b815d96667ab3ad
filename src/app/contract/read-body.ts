import { isUtf8, readMediaType } from "../../http/media-type.ts";
import type { Io } from "../../io.ts";
import * as limits from "../../limits.ts";
import { bodyBytesPerSecond, bodyIdleMilliseconds } from "../../limits.ts";
import {
  BadRequestError,
  PayloadTooLargeError,
  ServiceUnavailableError,
  SlowBodyError,
  UnsupportedMediaTypeError,
} from "../serve/errors.ts";
import type { BodyRules } from "./body.ts";
import { type BodyShare, isolateBodies } from "./body-budget.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads the body of a request, no further than its limit. The length that it announces is looked at first, then its bytes
 * are counted as they come.
 *
 * @param io clock and timers, for bodies that are too slow
 * @param share gets what is allocated; whoever made it releases it, however this ends
 * @returns empty where there is none
 * @throws UnsupportedMediaTypeError before anything is read; PayloadTooLargeError; SlowBodyError; ServiceUnavailableError where
 *   the isolate holds too much; BadRequestError where it breaks off
 */
export async function readBody(
  { headers, body }: Request,
  { accepts, limitBytes }: BodyRules,
  io: Pick<Io, "now" | "after">,
  share: BodyShare,
): Promise<Bytes> {
  if (body === null || headers.get("content-length") === "0") return new Uint8Array();
  const mediaType = readMediaType(headers.get("content-type"));
  const encoding = headers.get("content-encoding") ?? "identity";
  const isReadableHere = isUtf8(mediaType) && accepts.includes(mediaType.essence);
  if (!isReadableHere || encoding.toLowerCase() !== "identity") {
    throw new UnsupportedMediaTypeError(accepts);
  }
  if (Number(headers.get("content-length")) > limitBytes) throw new PayloadTooLargeError(limitBytes);
  let bytes: Bytes = new Uint8Array();
  let length = 0;
  await readChunks(body, io, (chunk) => {
    const end = length + chunk.byteLength;
    if (end > limitBytes) throw new PayloadTooLargeError(limitBytes);
    share.lastMs = io.now();
    if (end > bytes.byteLength) bytes = enlarge(bytes, Math.min(growTo(end), limitBytes), share);
    bytes.set(chunk, length);
    length = end;
  });
  return bytes.subarray(0, length);
}

/** Doubling, so that a body in chunks of one byte takes neither a list of them nor a copy for each. */
function growTo(bytes: number): number {
  return bytes <= limits.bodyBufferBytes ? limits.bodyBufferBytes : 2 ** Math.ceil(Math.log2(bytes));
}

function enlarge(bytes: Bytes, capacity: number, share: BodyShare): Bytes {
  if (!isolateBodies.take(share, capacity - bytes.byteLength, share.lastMs)) {
    throw new ServiceUnavailableError(limits.bodyRetryAfterSeconds);
  }
  const larger = new Uint8Array(capacity);
  larger.set(bytes);
  return larger;
}

/** Hands over chunk after chunk. Where that throws, or the body is too slow, the rest of the body is cancelled. */
async function readChunks(
  body: ReadableStream<Uint8Array>,
  io: Pick<Io, "now" | "after">,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = body.getReader();
  let refuse = (_: SlowBodyError) => {};
  const pace = watchPace(io, () => refuse(new SlowBodyError()));
  try {
    for (;;) {
      // A promise of its own for each chunk: one that all of them were raced against would remember every one.
      const { done, value } = await new Promise<ReadableStreamReadResult<Uint8Array>>((resolve, reject) => {
        refuse = reject;
        reader.read().then(resolve, () => reject(new BadRequestError("The body is incomplete.")));
      });
      if (done) break;
      pace.note(value.byteLength);
      onChunk(value);
    }
    reader.releaseLock();
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    pace.end();
  }
}

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
