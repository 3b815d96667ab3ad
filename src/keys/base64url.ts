import { base64url } from "jose";

const alphabet = /^[A-Za-z0-9_-]+$/;

/**
 * Decodes canonical base64url: no padding, no white space, no stray bits after the last byte (RFC 4648 section 3.5).
 * Two spellings of one value would let a token dodge whatever remembers it by its text.
 *
 * @returns the bytes, or `undefined` where the text is empty or not canonical
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  return isBase64url(text) ? base64url.decode(text) : undefined;
}

/** Whether a text is canonical base64url, for one whose bytes are not wanted. */
export function isBase64url(text: string): boolean {
  if (!alphabet.test(text)) return false;
  const lastCharacter = text.charAt(text.length - 1);
  switch (text.length % 4) {
    case 1:
      return false;
    case 2:
      return "AQgw".includes(lastCharacter);
    case 3:
      return "AEIMQUYcgkosw048".includes(lastCharacter);
    default:
      return true;
  }
}
