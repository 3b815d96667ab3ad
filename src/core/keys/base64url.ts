import { decode } from "jose/base64url";

/**
 * Decodes canonical base64url: no padding, no white space, no unused bits after the last byte (RFC 4648 section 3.5).
 * If one value had two spellings, a token could evade caches that compare its text.
 *
 * @returns the bytes, or `undefined` if the text is empty or not canonical
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!endsCanonically(text)) return undefined;
  try {
    const bytes = decode(text);
    // Decoders ignore white space and padding. The result is then shorter than the text implies.
    return bytes.length === Math.floor((text.length * 3) / 4) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Whether {@link decodeBase64url} decodes a text. */
export function isBase64url(text: string): boolean {
  return endsCanonically(text) && /^[\w-]+$/.test(text);
}

/** Whether the last character has no unused bits. */
function endsCanonically(text: string): boolean {
  const lastCharacter = text.charAt(text.length - 1);
  switch (text.length % 4) {
    case 1:
      return false;
    case 2:
      return "AQgw".includes(lastCharacter);
    case 3:
      return "AEIMQUYcgkosw048".includes(lastCharacter);
    default:
      return text !== "";
  }
}
