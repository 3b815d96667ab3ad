import type { Secret } from "../config/variables.ts";
import type { Principal } from "../token/principal.ts";

/** Names for users in the log, by which they can be told apart and not found. */
export interface Pseudonyms {
  /** The name, where it was made before. */
  recall(principal: Principal): string | undefined;
  /** Makes the name. Rejects where the key cannot be had. */
  derive(principal: Principal): Promise<string>;
}

const algorithm = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/**
 * Makes names by HMAC-SHA-256 (RFC 2104) of tenant and object id, 16 hexadecimal digits of it.
 *
 * @param secret the key; without, a random one that lives as long as the isolate
 */
export function createPseudonyms(secret: Secret | undefined): Pseudonyms {
  const names = new WeakMap<Principal, string>();
  let key: CryptoKey | undefined;

  async function importKey(): Promise<CryptoKey> {
    const text = typeof secret === "object" ? await secret.get() : secret;
    const bytes = text === undefined ? crypto.getRandomValues(new Uint8Array(32)) : encoder.encode(text);
    return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  }

  return {
    recall: (principal) => names.get(principal),
    async derive(principal) {
      const imported = key ?? (await importKey());
      // Of several that began at once the first stays: two random keys would give one user two names.
      key ??= imported;
      const digest = await crypto.subtle.sign(algorithm, key, encoder.encode(`${principal.tid}/${principal.oid}`));
      const name = new Uint8Array(digest, 0, 8).toHex();
      names.set(principal, name);
      return name;
    },
  };
}
