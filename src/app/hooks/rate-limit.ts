import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { checkOptionsOf, isCount, isFunction, type Rule } from "../../base/common/options.ts";
import { secondsUntil } from "../../base/common/period.ts";
import { findClientAddress } from "../../base/http/client-address.ts";
import { isRateLimiter, type LimiterKey, type RateLimiter } from "../../core/config/rate-limiter.ts";
import { TooManyRequestsError } from "../errors/errors.ts";
import { requestContextOf } from "../pipeline/context.ts";
import { checkHooks } from "../types/check-hooks.ts";
import type { Hooks } from "../types/hooks.ts";
import type { HookContext } from "../types/types.ts";
import { createMemoryStore, type RateStore } from "./rate-store.ts";

/** How many requests a caller may send. */
export interface RateLimitOptions {
  /** Length of the window in milliseconds, from 1,000 to one hour. */
  readonly windowMs: number;
  /** Maximum number of requests of one caller in one window. */
  readonly max: number;
  /**
   * Returns the identity of the caller. Default: the principal if authentication ran before, otherwise the client's
   * address. All hooks that count with RATE_LIMITER share the counts of what their `key` returns: if callers choose the
   * value, begin it with a word of its own, for example `api-key ${value}`.
   */
  readonly key?: (context: HookContext) => string;
  /**
   * Counts in another place than the binding RATE_LIMITER or the isolate's memory: `globalStore(…)`, or your own store.
   */
  readonly store?: RateStore;
}

/**
 * Limits how often callers may come. Others get 429 with `Retry-After` and the `RateLimit` headers of the IETF draft.
 * It counts with the binding RATE_LIMITER, which has its own limit. Without the binding it counts in the memory of each
 * isolate, which is not exact. The log says once which counter is used.
 *
 * @throws TypeError if an option is unknown or out of range
 *
 * @example
 * app.use(rateLimit({ windowMs: 60_000, max: 100 })); // by address
 * app.get("/me", { hooks: [requireAuth("access_as_user"), rateLimit({ windowMs: 60_000, max: 10 })] }, handler); // by
 * principal
 */
export function rateLimit(options: RateLimitOptions): Hooks {
  const { key } = checkOptions(options);
  return limitCallers(options, key === undefined ? findCaller : (context) => readKey(key(context)));
}

/**
 * Limits callers as {@link rateLimit} does.
 *
 * @param keyOf returns whom to count, for one use of the limiter
 */
export function limitCallers(
  { windowMs, max, store }: Omit<RateLimitOptions, "key">,
  keyOf: (context: HookContext) => LimiterKey,
): Hooks {
  let memory: RateStore | undefined;
  let logged = false;

  function say(io: Io, counter: string): void {
    if (logged) return;
    logged = true;
    io.log({ event: "rate_limit", level: "info", counter, windowMs, max });
  }

  async function count(context: HookContext, caller: LimiterKey): Promise<void> {
    const { io } = requestContextOf(context).services;
    const binding = store === undefined ? findBinding(context.env) : undefined;
    if (binding !== undefined) {
      say(io, "binding");
      const limited = await inTime(io, binding.limit({ key: caller }));
      if (limited?.success !== true) throw createLimitError(windowMs / 1_000);
      return;
    }
    memory ??= createMemoryStore(io);
    say(io, store === undefined ? "memory" : "store");
    const hit = await inTime(io, (store ?? memory).hit(caller, windowMs, { max, env: context.env }));
    const seconds = secondsUntil(hit.resetMs, io.now());
    const headers = describeLimit(max, max - hit.count, windowMs, seconds);
    // The condition also refuses if a number is NaN.
    if (!(hit.count <= max)) throw createLimitError(seconds, headers);
    for (const [name, value] of Object.entries(headers)) context.set.headers.set(name, value);
  }

  return checkHooks({
    async preBody(context: HookContext) {
      await count(context, keyOf(context));
    },
  });
}

/** @throws TypeError if it is not text */
function readKey(value: unknown): LimiterKey {
  if (typeof value === "string" && value !== "") return `key ${value.slice(0, limits.rateLimitKeyCharacters)}`;
  throw new TypeError("rateLimit: key must return a non-empty string");
}

/** All callers without an identity share one count. */
function findCaller(context: HookContext): LimiterKey {
  const { principal } = context.state;
  if (principal !== undefined) return `principal ${principal.authority} ${principal.tid} ${principal.oid}`;
  const call = requestContextOf(context);
  return `address ${findClientAddress(call, call.setup.tlsProxy) ?? "unknown"}`;
}

/** @throws TypeError if the binding has another type, because it would count no caller */
function findBinding(env: unknown): RateLimiter | undefined {
  const members = Object(env);
  const { RATE_LIMITER: binding } = members;
  if (binding === undefined && !("RATE_LIMITER" in members)) return undefined;
  if (isRateLimiter(binding)) return binding;
  throw new TypeError("rateLimit: RATE_LIMITER is not a rate limiting binding. See wrangler.toml");
}

/** @throws Error if the counter is late, so that no request passes uncounted */
async function inTime<T>(io: Io, work: T | Promise<T>): Promise<T> {
  const settled = await withDeadline(
    io,
    limits.callbackMilliseconds,
    Promise.resolve(work).then((value) => ({ value })),
  );
  if (settled === undefined) throw new Error("rateLimit: the counter did not respond in time");
  return settled.value;
}

function describeLimit(max: number, left: number, windowMs: number, resetSeconds: number): Record<string, string> {
  return {
    "ratelimit-policy": `"default";q=${max};w=${Math.ceil(windowMs / 1_000)}`,
    ratelimit: `"default";r=${Math.max(0, left)};t=${resetSeconds}`,
  };
}

function createLimitError(retryAfterSeconds: number, headers: Record<string, string> = {}): TooManyRequestsError {
  return new TooManyRequestsError(Math.ceil(retryAfterSeconds), headers);
}

function checkOptions(options: RateLimitOptions): RateLimitOptions {
  const longest = limits.rateLimitWindowMillisecondsMaximum;
  const isWindow: Rule = (value) =>
    (Number.isSafeInteger(value) && (value as number) >= 1_000 && (value as number) <= longest) ||
    `must be whole milliseconds from 1000 to ${longest}`;
  const isStore: Rule = (store) => typeof (store as RateStore | null)?.hit === "function" || "must have a method hit";
  checkOptionsOf("rateLimit", options, { key: isFunction, store: isStore }, { windowMs: isWindow, max: isCount });
  return options;
}
