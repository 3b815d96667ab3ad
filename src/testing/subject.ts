import { base64url } from "jose";

/** Random bytes; passed in so that a test can fix them. */
export type RandomBytes = (length: number) => Uint8Array;

/** `sub` of a user's token: pairwise, so another one in every application, and always the same in one. */
export async function derivePairwiseSubject(objectId: string, audience: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${objectId} ${audience}`));
  return base64url.encode(new Uint8Array(digest));
}

/** The value of a claim that nobody may interpret, such as `uti`, `rh` and `aio`. */
export function createOpaque(randomBytes: RandomBytes, lengthBytes = 16): string {
  return base64url.encode(randomBytes(lengthBytes));
}
