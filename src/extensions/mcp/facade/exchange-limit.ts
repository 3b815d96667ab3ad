import {
  createMemoryStore,
  type HookContext,
  type Hooks,
  type MemoryStore,
  type RequestContext,
  requestContextOf,
  TooManyRequestsError,
} from "../../../app/part.ts";
import type { Io } from "../../../base/common/io.ts";
import * as limits from "../../../base/common/limits.ts";
import { secondsUntil } from "../../../base/common/period.ts";
import type { RateLimiter } from "../../../core/config/rate-limiter.ts";
import { type AddressBlocks, createAddressBlocks } from "../../../core/guard/address-blocks.ts";
import { readClientAddress } from "./client-address.ts";

/**
 * Limits the token requests of an address. Many users can share an address, and their clients refresh at the same time.
 * So a block depends on refused grants, and the maximum for all requests is high. Nothing but the address is counted,
 * because a caller can invent everything else.
 */
export interface ExchangeLimit {
  /** Refuses an address with too many requests or refused grants, before the body is read. */
  readonly hooks: Hooks;
  /**
   * Counts a response of Entra if it refuses the grant or the client.
   *
   * @param error of the response (RFC 6749 section 5.2)
   */
  count(context: RequestContext, error: unknown): void;
}

const refusals: readonly unknown[] = ["invalid_grant", "invalid_client"];
const windowMs = limits.facadeWindowMilliseconds;

/** What one isolate remembers. */
interface Memory {
  readonly requests: MemoryStore;
  readonly blocks: AddressBlocks;
  /** In place of RATE_LIMITER, where that is not bound. */
  readonly limiter: RateLimiter;
}

/** Creates a limit without blocked addresses. */
export function createExchangeLimit(): ExchangeLimit {
  let memory: Memory | undefined;
  const memoryOf = ({ services }: RequestContext) => {
    memory ??= createMemory(services.io);
    return memory;
  };

  return {
    hooks: {
      preBody(hookContext: HookContext): undefined {
        const context = requestContextOf(hookContext);
        const { requests, blocks } = memoryOf(context);
        const address = readClientAddress(context);
        const { count, resetMs } = requests.hit(address, windowMs);
        const waitSeconds =
          count > limits.facadeExchanges
            ? secondsUntil(resetMs, context.services.io.now())
            : blocks.leftSeconds(address);
        if (waitSeconds !== undefined) throw new TooManyRequestsError(waitSeconds);
      },
    },
    count(context, error) {
      if (!refusals.includes(error)) return;
      const { blocks, limiter } = memoryOf(context);
      context.background(blocks.count(context.setup.limiter ?? limiter, readClientAddress(context)));
    },
  };
}

function createMemory(io: Io): Memory {
  const failures = createMemoryStore(io);
  return {
    requests: createMemoryStore(io),
    blocks: createAddressBlocks(io, "facade-failure"),
    limiter: {
      limit: async ({ key }) => ({ success: failures.hit(key, windowMs).count <= limits.facadeFailures }),
    },
  };
}
