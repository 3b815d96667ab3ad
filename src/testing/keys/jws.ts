import type { CryptoKey } from "jose";
import { base64url } from "jose";

/** An object is written as JSON; a string stands for itself, so that a test can sign what no JSON writer would write. */
export type Part = string | Readonly<Record<string, unknown>>;

/**
 * Signs any header and payload with RS256, whatever the header says. Not by jose's `SignJWT`, which refuses exactly what
 * the tests need: malformed parts, other algorithms' names, weak keys.
 *
 * @returns the compact serialisation (RFC 7515 section 7.1)
 */
export async function signJws(header: Part, payload: Part, privateKey: CryptoKey): Promise<string> {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, new TextEncoder().encode(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

function encodePart(part: Part): string {
  return base64url.encode(typeof part === "string" ? part : JSON.stringify(part));
}
