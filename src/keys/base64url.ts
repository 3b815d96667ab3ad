import { decode } from "jose/base64url";

/**
 * Decodes canonical base64url: no padding, no white space, no stray bits after the last byte (RFC 4648 section 3.5).
 * Two spellings of one value would let a token dodge whatever remembers it by its text.
 *
 * @returns the bytes, or `undefined` where the text is empty or not canonical
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!endsCanonically(text)) return undefined;
  try {
    const bytes = decode(text);
    // Decoders pass over white space and padding: then there are fewer bytes than characters stand for.
    return bytes.length === Math.floor((text.length * 3) / 4) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the last character holds no bits beyond the last byte. */
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
