import { hasMethod, type VariableReader } from "./variables.ts";

/** The uses of a limiter: refused tokens, the endpoints of a facade, and callers of `rateLimit`. */
export type LimiterUse =
  | "failure"
  | "facade"
  | "facade-step"
  | "facade-failure"
  | "address"
  | "principal"
  /** What the option `key` of `rateLimit` returns. */
  | "key";

/**
 * A key begins with the word of its use, so a caller who chooses the rest of a key cannot reach the key of another use.
 */
export type LimiterKey = `${LimiterUse} ${string}`;

/** Workers rate limiting binding. It counts by key; wrangler.toml sets the limit and the period. */
export interface RateLimiter {
  limit(options: { readonly key: LimiterKey }): Promise<{ readonly success: boolean }>;
}

/** Reads the binding RATE_LIMITER. Without it, failed authentications are not counted. */
export function readRateLimiter(reader: VariableReader): RateLimiter | undefined {
  return reader.binding<RateLimiter>("RATE_LIMITER");
}

/** Whether a value is a rate limiting binding. */
export function isRateLimiter(value: unknown): value is RateLimiter {
  return hasMethod(value, "limit");
}
