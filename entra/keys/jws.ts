import type { CryptoKey } from "jose";
import { base64url } from "jose";

/** Writes an object as JSON, and a string unchanged. A test can then sign text that no JSON writer would write. */
export type Part = string | Readonly<Record<string, unknown>>;

/**
 * Signs any header and payload with RS256, regardless of the header. jose's `SignJWT` refuses what the tests need:
 * malformed parts, names of other algorithms, and weak keys.
 *
 * @returns the compact serialization (RFC 7515 section 7.1)
 */
export async function signJws(header: Part, payload: Part, privateKey: CryptoKey): Promise<string> {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, new TextEncoder().encode(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

function encodePart(part: Part): string {
  return base64url.encode(typeof part === "string" ? part : JSON.stringify(part));
}
