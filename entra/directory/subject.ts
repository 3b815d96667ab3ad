import { base64url } from "jose";

/** Returns random bytes. A test can pass fixed ones. */
export type RandomBytes = (length: number) => Uint8Array;

/** `sub` of a user's token. It is pairwise: each application gets its own value, which never changes. */
export async function derivePairwiseSubject(objectId: string, audience: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${objectId} ${audience}`));
  return base64url.encode(new Uint8Array(digest));
}

/** Value of a claim that clients must not interpret, such as `uti`, `rh` and `aio`. */
export function createOpaque(randomBytes: RandomBytes, lengthBytes = 16): string {
  return base64url.encode(randomBytes(lengthBytes));
}
