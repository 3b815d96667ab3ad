import type { Environment, VariableReader } from "./variables.ts";

/** Workers rate limiting binding: counts by key; how many in how long is said in wrangler.toml. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Reads the binding RATE_LIMITER. Without one, failed authentications are not counted. */
export function readRateLimiter(reader: VariableReader, environment: Environment): RateLimiter | undefined {
  const binding = environment.RATE_LIMITER;
  if (binding === undefined || isRateLimiter(binding)) return binding;
  reader.fault("RATE_LIMITER", "is no rate limiting binding", '[[ratelimits]] name = "RATE_LIMITER" in wrangler.toml');
  return undefined;
}

function isRateLimiter(value: unknown): value is RateLimiter {
  return typeof value === "object" && value !== null && "limit" in value && typeof value.limit === "function";
}
