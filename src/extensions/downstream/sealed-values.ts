import { describeCause } from "../../base/common/cause.ts";
import { hashText } from "../../base/common/digest.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import { parseJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { createCipher } from "../sealing/cipher.ts";
import type { TokenCacheConfig } from "./token-cache.ts";

/**
 * Encrypted values of one kind that isolates share, in TOKEN_CACHE. Failures never fail a request: nothing here throws.
 */
export interface SealedValues {
  /** @returns what the JSON text of the value contains; `undefined` if there is no value */
  read(key: string): Promise<unknown>;
  /** @param ttlSeconds after which KV removes the value; at least a minute */
  write(key: string, value: object, ttlSeconds: number): Promise<void>;
  remove(key: string): Promise<void>;
}

const none: SealedValues = { read: async () => undefined, write: async () => {}, remove: async () => {} };

/**
 * Creates the values in KV. Without a configuration, there are none.
 *
 * @param prefix of their names, with a version, such as `entra-gate/tokens/2`
 */
export function createSealedValues(
  io: Pick<Io, "now" | "after" | "log">,
  config: TokenCacheConfig | undefined,
  prefix: string,
): SealedValues {
  if (config === undefined) return none;
  const { store } = config;
  const complain = (problem: string) => io.log({ event: "token_cache_failed", level: "warn", problem });
  const cipher = createCipher(io, config.keys, (problem) => complain(`TOKEN_CACHE_KEY ${problem}`));
  // The key is hashed, because it shows who calls, and because a name in KV has at most 512 bytes.
  const nameOf = async (key: string) => `${prefix}/${await hashText(key)}`;

  async function quietly<T>(step: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await withDeadline(io, limits.tokenCacheReadMilliseconds, work);
    } catch (cause) {
      complain(`${step}: ${describeCause(cause)}`);
      return undefined;
    }
  }

  async function open(key: string): Promise<unknown> {
    const name = await nameOf(key);
    const value = await store.get(name);
    const text = value === null ? undefined : await cipher.decrypt(value, name);
    return text === undefined ? undefined : parseJson(text);
  }

  async function save(key: string, value: object, ttlSeconds: number): Promise<void> {
    const name = await nameOf(key);
    const sealed = await cipher.encrypt(JSON.stringify(value), name);
    if (sealed !== undefined) await store.put(name, sealed, { expirationTtl: ttlSeconds });
  }

  async function drop(key: string): Promise<void> {
    await store.delete(await nameOf(key));
  }

  return {
    read: (key) => quietly("read", open(key)),
    write: (key, value, ttlSeconds) => quietly("write", save(key, value, ttlSeconds)),
    remove: (key) => quietly("remove", drop(key)),
  };
}
