import { base64url } from "jose";
import type { Secret } from "../config/variables.ts";
import type { Io } from "../io.ts";
import { readSecret } from "./credential.ts";
import { isTokenCacheKeys } from "./token-cache.ts";

/** Keeps values unreadable in a store that others can read: AES-256-GCM, under keys with names. */
export interface Cipher {
  /**
   * @param context that the value belongs to; elsewhere it cannot be decrypted
   * @returns `undefined` where there is no key
   */
  encrypt(text: string, context: string): Promise<string | undefined>;
  /** @returns `undefined` where the key is not there any more, or the value was changed or belongs elsewhere */
  decrypt(value: string, context: string): Promise<string | undefined>;
}

interface NamedKey {
  readonly name: string;
  readonly key: CryptoKey;
}

/** NIST SP 800-38D section 8.2: random, and far from 2^32 values under one key. */
const nonceBytes = 12;

/**
 * Makes a cipher. Does no I/O.
 *
 * @param secret `name:key`, the newest first: that encrypts, all decrypt
 */
export function createCipher(io: Pick<Io, "after" | "log">, secret: Secret): Cipher {
  let known: { readonly text: string; readonly keys: readonly NamedKey[] } | undefined;

  async function loadKeys(): Promise<readonly NamedKey[]> {
    const text = await readSecret(io, secret);
    if (text !== undefined && known?.text === text) return known.keys;
    if (text === undefined || !isTokenCacheKeys(text)) {
      io.log({ event: "token_cache_failed", problem: "TOKEN_CACHE_KEY is no list of names and keys of 32 bytes" });
      return [];
    }
    const keys = await Promise.all(text.split(/[\s,]+/).map(importKey));
    known = { text, keys };
    return keys;
  }

  return {
    async encrypt(text, context) {
      const [newest] = await loadKeys();
      if (newest === undefined) return undefined;
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
      const sealed = await crypto.subtle.encrypt(parametersOf(nonce, context), newest.key, encode(text));
      return [newest.name, base64url.encode(nonce), base64url.encode(new Uint8Array(sealed))].join(".");
    },
    async decrypt(value, context) {
      const [name, nonce = "", sealed = ""] = value.split(".");
      const found = (await loadKeys()).find((key) => key.name === name);
      if (found === undefined) return undefined;
      try {
        const parameters = parametersOf(base64url.decode(nonce), context);
        const opened = await crypto.subtle.decrypt(parameters, found.key, new Uint8Array(base64url.decode(sealed)));
        return new TextDecoder().decode(opened);
      } catch {
        return undefined;
      }
    },
  };
}

async function importKey(item: string): Promise<NamedKey> {
  const [name = "", key = ""] = item.split(":");
  const bytes = new Uint8Array(base64url.decode(key.replace("=", "")));
  return { name, key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) };
}

function parametersOf(nonce: Uint8Array, context: string) {
  return { name: "AES-GCM", iv: new Uint8Array(nonce), additionalData: encode(context) };
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}
