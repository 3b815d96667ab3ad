// Not WebCrypto: its hashes make a promise, and a line of the log that waits for one is lost with its isolate.
import { createHmac } from "node:crypto";
import type { Secret } from "../config/variables.ts";
import type { Background } from "../io.ts";
import type { Principal } from "../token/principal.ts";

/**
 * A name for a user in the log, by which it can be told apart and not found.
 *
 * @param background fetches the key, where it is in a Secrets Store
 * @returns `undefined` until that key is there
 */
export type NameUser = (principal: Principal, background: Background) => string | undefined;

const digits = 16;

/**
 * Makes names by HMAC-SHA-256 (RFC 2104) of tenant and object id, the first 16 hexadecimal digits of it.
 *
 * @param secret the key; without, a random one that lives as long as the isolate
 */
export function createPseudonyms(secret: Secret | undefined): NameUser {
  const names = new WeakMap<Principal, string>();
  let key: string | Uint8Array | undefined = typeof secret === "string" ? secret : undefined;

  function findKey(background: Background): string | Uint8Array | undefined {
    if (secret === undefined) key ??= crypto.getRandomValues(new Uint8Array(32));
    if (key === undefined && typeof secret === "object") {
      background(
        secret.get().then(
          (text) => {
            key = text;
          },
          () => {},
        ),
      );
    }
    return key;
  }

  return (principal, background) => {
    const known = names.get(principal);
    if (known !== undefined) return known;
    const found = findKey(background);
    if (found === undefined) return undefined;
    const { tid, oid } = principal;
    const name = createHmac("sha256", found).update(`${tid}/${oid}`).digest("hex").slice(0, digits);
    names.set(principal, name);
    return name;
  };
}
