import type { VariableReader } from "./variables.ts";

/** Workers rate limiting binding: counts by key; how many in how long is said in wrangler.toml. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Reads the binding RATE_LIMITER. Without one, failed authentications are not counted. */
export function readRateLimiter(reader: VariableReader): RateLimiter | undefined {
  const example = '[[ratelimits]] name = "RATE_LIMITER" in wrangler.toml';
  return reader.binding("RATE_LIMITER", isRateLimiter, "is no rate limiting binding", example);
}

/** Whether a value is a rate limiting binding. */
export function isRateLimiter(value: unknown): value is RateLimiter {
  return typeof value === "object" && value !== null && "limit" in value && typeof value.limit === "function";
}
