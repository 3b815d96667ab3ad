const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encodes a text as UTF-8. An unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): ReturnType<TextEncoder["encode"]> {
  return encoder.encode(text);
}

/**
 * Decodes UTF-8. It keeps a byte order mark, so that a parser of the text refuses it.
 *
 * @throws TypeError if the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
