/**
 * Reads a body as UTF-8 text, up to a maximum length.
 *
 * @param decoder the default refuses bytes that are not UTF-8
 * @returns `undefined` if there is no body or it is too long; rejects if the connection breaks or the decoder refuses
 *   the bytes
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  bytesMaximum: number,
  decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }),
): Promise<string | undefined> {
  if (body === null) return undefined;
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > bytesMaximum) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
