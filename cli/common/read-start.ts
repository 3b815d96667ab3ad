/** The start of a body. */
export interface Start {
  readonly text: string;
  /** Whether it is the whole body. */
  readonly isWhole: boolean;
}

/**
 * Reads the first bytes of a body. A server can send one without an end.
 *
 * @returns what has come when the deadline of the request has passed, or the connection has ended
 */
export async function readStart(body: AsyncIterable<Uint8Array> | null, bytesMaximum: number): Promise<Start> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const part of body ?? []) {
      parts.push(part);
      bytes += part.byteLength;
      if (bytes > bytesMaximum) break;
    }
  } catch {
    // The status is known, whatever becomes of the body.
    isWhole = false;
  }
  const text = Buffer.concat(parts).subarray(0, bytesMaximum).toString("utf8");
  return { text, isWhole: isWhole && bytes <= bytesMaximum };
}
