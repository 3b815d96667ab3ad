import { base64url } from "jose";

const alphabet = /^[A-Za-z0-9_-]+$/;

/**
 * Decodes canonical base64url: no padding, no white space, no stray bits after the last byte (RFC 4648 section 3.5).
 * Two spellings of one value would let a token dodge whatever remembers it by its text.
 *
 * @returns the bytes, or `undefined` where the text is empty or not canonical
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!alphabet.test(text)) return undefined;
  const lastCharacter = text.charAt(text.length - 1);
  switch (text.length % 4) {
    case 1:
      return undefined;
    case 2:
      if (!"AQgw".includes(lastCharacter)) return undefined;
      break;
    case 3:
      if (!"AEIMQUYcgkosw048".includes(lastCharacter)) return undefined;
  }
  return base64url.decode(text);
}
