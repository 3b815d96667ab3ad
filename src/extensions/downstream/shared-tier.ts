import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import type { DownstreamToken } from "../../core/guard/downstream.ts";
import { createSealedValues } from "./sealed-values.ts";
import type { TokenCacheConfig } from "./token-cache.ts";

/** Encrypted tokens that isolates share. Cache failures never fail a request: nothing here throws. */
export interface SharedTier {
  /** @param key of a token request. @returns `undefined` if there is none, or if it expires too soon */
  read(key: string): Promise<DownstreamToken | undefined>;
  write(key: string, token: DownstreamToken): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Creates the tier in KV. Without a configuration, it is always empty. */
export function createSharedTier(
  io: Pick<Io, "now" | "after" | "log">,
  config: TokenCacheConfig | undefined,
): SharedTier {
  const values = createSealedValues(io, config, "entra-gate/tokens/2");
  return {
    async read(key) {
      const token = await values.read(key);
      return isToken(token) && shareableSeconds(token, io.now()) > 0 ? Object.freeze(token) : undefined;
    },
    async write(key, token) {
      const { accessToken, expiresAtSeconds } = token;
      const ttlSeconds = shareableSeconds(token, io.now());
      if (ttlSeconds >= limits.tokenCacheSecondsMinimum)
        await values.write(key, { accessToken, expiresAtSeconds }, ttlSeconds);
    },
    remove: values.remove,
  };
}

/** How long to share a token: until it is due for renewal. */
function shareableSeconds({ expiresAtSeconds }: DownstreamToken, nowMs: number): number {
  return Math.floor(expiresAtSeconds - limits.downstreamRenewalSeconds - nowMs / 1_000);
}

function isToken(value: unknown): value is DownstreamToken {
  const { accessToken, expiresAtSeconds } = Object(value) as Record<string, unknown>;
  return typeof accessToken === "string" && accessToken !== "" && Number.isSafeInteger(expiresAtSeconds);
}
