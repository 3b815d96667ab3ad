import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { bodyBytesPerSecond, bodyIdleMilliseconds } from "../../base/common/limits.ts";
import { readLength } from "../../base/http/call.ts";
import { isUtf8, type MediaType } from "../../base/http/media-type.ts";
import {
  BadRequestError,
  PayloadTooLargeError,
  ServiceUnavailableError,
  SlowBodyError,
  UnsupportedMediaTypeError,
} from "../errors/errors.ts";
import type { BodyRules } from "./body.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads the body of a request up to its limit. It first checks the announced length, and then counts the bytes.
 *
 * @param mediaType of the request
 * @param io clock and timers, for slow bodies
 * @param share is charged for allocated memory; its creator releases it in any case
 * @returns an empty array if there is no body
 * @throws UnsupportedMediaTypeError before it reads anything; PayloadTooLargeError; SlowBodyError;
 * ServiceUnavailableError if the isolate holds too many bodies; BadRequestError if the body is incomplete
 */
export async function readBody(
  request: Request,
  mediaType: MediaType | undefined,
  { accepts, limitBytes }: Pick<BodyRules, "accepts" | "limitBytes">,
  io: Pick<Io, "now" | "after">,
  share: BodyShare,
): Promise<Bytes> {
  const { headers, body } = request;
  if (body === null || headers.get("content-length") === "0") return new Uint8Array();
  const encoding = headers.get("content-encoding") ?? "identity";
  const isReadableHere = isUtf8(mediaType) && accepts.includes(mediaType.essence);
  if (!isReadableHere || encoding.toLowerCase() !== "identity") {
    throw new UnsupportedMediaTypeError(accepts);
  }
  const announced = readLength(headers);
  if (announced !== undefined && announced > limitBytes) throw new PayloadTooLargeError(limitBytes);
  if (announced !== undefined && announced <= wholeBytes) return readWhole(request, announced, limitBytes, io, share);
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

/** At the lowest average, a body of this size takes the whole idle time. */
const wholeBytes = (bodyIdleMilliseconds / 1_000) * bodyBytesPerSecond;

/**
 * Reads a body that is so small that it must arrive within one idle time. The platform then collects it, at a fraction
 * of the cost of reading chunk after chunk.
 *
 * @param announced `Content-Length`, which HTTP servers enforce
 */
async function readWhole(
  request: Request,
  announced: number,
  limitBytes: number,
  io: Pick<Io, "now" | "after">,
  share: BodyShare,
): Promise<Bytes> {
  isolateBodies.take(share, announced);
  return new Promise((resolve, reject) => {
    const end = io.after(bodyIdleMilliseconds, () => reject(new SlowBodyError()));
    const whole = request.arrayBuffer().then(
      (buffer) => {
        share.lastMs = io.now();
        if (buffer.byteLength > limitBytes) reject(new PayloadTooLargeError(limitBytes));
        resolve(new Uint8Array(buffer));
      },
      () => reject(new BadRequestError("The body is incomplete.")),
    );
    whole.finally(end);
  });
}

/** The buffer doubles, so that tiny chunks need neither a list nor a copy for each chunk. */
function growTo(bytes: number): number {
  return bytes <= limits.bodyBufferBytes ? limits.bodyBufferBytes : 2 ** Math.ceil(Math.log2(bytes));
}

function enlarge(bytes: Bytes, capacity: number, share: BodyShare): Bytes {
  isolateBodies.take(share, capacity - bytes.byteLength);
  const larger = new Uint8Array(capacity);
  larger.set(bytes);
  return larger;
}

/**
 * Passes on chunk after chunk. If the callback throws or the body is too slow, the rest is canceled.
 *
 * @throws SlowBodyError; BadRequestError if the body is incomplete; and what the callback throws
 */
export async function readChunks(
  body: ReadableStream<Uint8Array>,
  io: Pick<Io, "now" | "after">,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = body.getReader();
  let refuse = (_: SlowBodyError) => {};
  const pace = watchPace(io, () => refuse(new SlowBodyError()));
  try {
    for (;;) {
      // Each chunk has its own promise. A shared promise in `Promise.race` would keep a reference to every chunk.
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

/** Monitors the speed of a body. */
export interface BodyPace {
  /** Counts received bytes. */
  note(bytes: number): void;
  /** Stops the monitor. */
  end(): void;
}

/**
 * Starts a monitor. A body is too slow after `limits.bodyIdleMilliseconds` without a byte. After the same time since
 * its start, its average must exceed `limits.bodyBytesPerSecond`. One timer is enough for any number of chunks.
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

/** The part of the budget that one request holds. */
export interface BodyShare {
  /** Bytes that are allocated for the body, used or not. */
  bytes: number;
  /** When the last byte arrived, in milliseconds since the epoch. */
  lastMs: number;
}

/** Limits the memory of all bodies that are read, validated or forwarded at the same time. */
export interface BodyBudget {
  /**
   * Adds bytes to a share, at its `lastMs`.
   *
   * @throws ServiceUnavailableError if the budget is exhausted; the share is then empty
   */
  take(share: BodyShare, bytes: number): void;
  /** Returns all bytes of a share. */
  release(share: BodyShare): void;
}

/**
 * Creates a budget. A share expires when its body has paused for longer than a request may. On Workers, the code of a
 * request may stop when its client disconnects, and nothing else would release the share.
 *
 * @param limitBytes for all shares together
 */
export function createBodyBudget(limitBytes: number): BodyBudget {
  const shares = new Set<BodyShare>();
  let total = 0;

  function release(share: BodyShare): void {
    if (shares.delete(share)) total -= share.bytes;
  }

  function dropExpired(nowMs: number): void {
    for (const share of shares) {
      // The clock may have been set back.
      if (Math.abs(nowMs - share.lastMs) > limits.bodyShareMilliseconds) release(share);
    }
  }

  return {
    take(share, bytes) {
      release(share);
      const wanted = share.bytes + bytes;
      if (total + wanted > limitBytes) dropExpired(share.lastMs);
      if (total + wanted > limitBytes) throw new ServiceUnavailableError(limits.bodyRetryAfterSeconds);
      share.bytes = wanted;
      shares.add(share);
      total += wanted;
    },
    release,
  };
}

/** The budget of this isolate, for all its Apps and gates. */
export const isolateBodies = createBodyBudget(limits.bufferedBodyBytes);
