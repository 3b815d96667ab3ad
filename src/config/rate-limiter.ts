import { hasMethod, type VariableReader } from "./variables.ts";

/** Workers rate limiting binding. It counts by key; wrangler.toml sets the limit and the period. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Reads the binding RATE_LIMITER. Without it, failed authentications are not counted. */
export function readRateLimiter(reader: VariableReader): RateLimiter | undefined {
  return reader.binding<RateLimiter>("RATE_LIMITER");
}

/** Whether a value is a rate limiting binding. */
export function isRateLimiter(value: unknown): value is RateLimiter {
  return hasMethod(value, "limit");
}
