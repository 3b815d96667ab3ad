import { describeCause } from "../common/cause.ts";
import { hashText } from "../common/digest.ts";
import { type Io, withDeadline } from "../common/io.ts";
import { parseJson } from "../common/json.ts";
import * as limits from "../common/limits.ts";
import type { DownstreamToken } from "../guard/downstream.ts";
import { createCipher } from "../sealing/cipher.ts";
import type { TokenCacheConfig } from "./token-cache.ts";

/** Encrypted tokens that isolates share. Cache failures never fail a request: nothing here throws. */
export interface SharedTier {
  /** @param key of a token request. @returns `undefined` if there is none, or if it expires too soon */
  read(key: string): Promise<DownstreamToken | undefined>;
  write(key: string, token: DownstreamToken): Promise<void>;
  remove(key: string): Promise<void>;
}

const none: SharedTier = { read: async () => undefined, write: async () => {}, remove: async () => {} };

/** Creates the tier in KV. Without a configuration, it is always empty. */
export function createSharedTier(
  io: Pick<Io, "now" | "after" | "log">,
  config: TokenCacheConfig | undefined,
): SharedTier {
  if (config === undefined) return none;
  const { store } = config;
  const complain = (problem: string) => io.log({ event: "token_cache_failed", level: "warn", problem });
  const cipher = createCipher(io, config.keys, (problem) => complain(`TOKEN_CACHE_KEY ${problem}`));
  // The key is hashed, because it shows who calls which API, and because a name in KV has at most 512 bytes.
  const nameOf = async (key: string) => `entra-gate/tokens/2/${await hashText(key)}`;

  async function quietly<T>(step: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await withDeadline(io, limits.tokenCacheReadMilliseconds, work);
    } catch (cause) {
      complain(`${step}: ${describeCause(cause)}`);
      return undefined;
    }
  }

  async function open(key: string): Promise<DownstreamToken | undefined> {
    const name = await nameOf(key);
    const value = await store.get(name);
    const text = value === null ? undefined : await cipher.decrypt(value, name);
    const token: unknown = text === undefined ? undefined : parseJson(text);
    return isToken(token) && shareableSeconds(token, io.now()) > 0 ? Object.freeze(token) : undefined;
  }

  async function save(key: string, { accessToken, expiresAtSeconds }: DownstreamToken, ttlSeconds: number) {
    const name = await nameOf(key);
    const value = await cipher.encrypt(JSON.stringify({ accessToken, expiresAtSeconds }), name);
    if (value !== undefined) await store.put(name, value, { expirationTtl: ttlSeconds });
  }

  return {
    read: (key) => quietly("read", open(key)),
    async write(key, token) {
      const ttlSeconds = shareableSeconds(token, io.now());
      if (ttlSeconds >= limits.tokenCacheSecondsMinimum) await quietly("write", save(key, token, ttlSeconds));
    },
    async remove(key) {
      await quietly(
        "remove",
        nameOf(key).then((name) => store.delete(name)),
      );
    },
  };
}

/** How long to share a token: until it is due for renewal. */
function shareableSeconds({ expiresAtSeconds }: DownstreamToken, nowMs: number): number {
  return Math.floor(expiresAtSeconds - limits.downstreamRenewalSeconds - nowMs / 1_000);
}

function isToken(value: unknown): value is DownstreamToken {
  if (typeof value !== "object" || value === null) return false;
  const { accessToken, expiresAtSeconds } = value as Record<string, unknown>;
  return typeof accessToken === "string" && accessToken !== "" && Number.isSafeInteger(expiresAtSeconds);
}
