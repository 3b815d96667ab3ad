import { findClientAddress } from "./app/client-address.ts";
import type { Exchange } from "./app/exchange.ts";
import type { Denial } from "./denial.ts";
import type { Io } from "./io.ts";
import { limits } from "./limits.ts";
import { forwardToOrigin } from "./origin/forward.ts";
import { type Admission, createAdmit } from "./policy/admission.ts";
import { createFailureLimit } from "./policy/failure-limit.ts";
import type { RevocationCheck } from "./policy/revocation.ts";
import type { Runtime } from "./runtime.ts";
import type { Principal } from "./token/principal.ts";

/** What stands between a request and what it wants, in a gate and in an app that serves itself. */
export interface Entrance {
  /**
   * Lets the caller in and notes who it is, or answers why not. A caller that is known is not authenticated again.
   *
   * @param findDenial what speaks against a principal
   */
  guard(
    exchange: Exchange,
    runtime: Runtime,
    findDenial: (principal: Principal) => Denial | undefined,
  ): Response | undefined | Promise<Response | undefined>;
  /** Sends the request on, or answers why not; never rejects. */
  forward(exchange: Exchange, runtime: Runtime): Promise<Response>;
}

/** What code decides at an entrance, beside the configuration. */
export interface EntranceOptions {
  readonly revokedAtSeconds?: RevocationCheck;
  readonly originMilliseconds?: number;
}

/** Makes an entrance. */
export function createEntrance(io: Io, { revokedAtSeconds, originMilliseconds }: EntranceOptions): Entrance {
  const admit = createAdmit(io, revokedAtSeconds);
  const failures = createFailureLimit(io);
  const originLimitMs = originMilliseconds ?? limits.originMilliseconds;

  /** Where it can be counted: the platform names the address and has the binding. */
  function findCounted({ request, env }: Exchange, { limiter }: Runtime) {
    const address = limiter && findClientAddress(request, env);
    return limiter && address !== undefined ? { limiter, address } : undefined;
  }

  function follow(exchange: Exchange, runtime: Runtime, { principal, denial }: Admission): Response | undefined {
    exchange.principal = principal;
    const counted = denial && findCounted(exchange, runtime);
    if (counted) exchange.background(failures.count(counted.limiter, counted.address, denial));
    return denial && exchange.refuse(denial);
  }

  return {
    guard(exchange, runtime, findDenial) {
      const { principal, request, background } = exchange;
      if (principal !== undefined) {
        const denial = findDenial(principal);
        return denial && exchange.refuse(denial);
      }
      const findHold = () => {
        const counted = findCounted(exchange, runtime);
        return counted && failures.check(counted.address);
      };
      const admission = admit(runtime, request.headers.get("authorization"), background, findDenial, findHold);
      return admission instanceof Promise
        ? admission.then((settled) => follow(exchange, runtime, settled))
        : follow(exchange, runtime, admission);
    },
    async forward(exchange, { origin, downstream }) {
      const cannotExchange = exchange.ownScopes !== undefined && downstream === undefined;
      if (origin === undefined || cannotExchange) return exchange.refuse({ reason: "misconfigured" });
      const asked = downstream?.authorize(exchange, origin);
      const own = asked instanceof Promise ? await asked : asked;
      if (own?.ok === false) return exchange.refuse(own.error);
      exchange.ownAuthorization = own?.value;
      const result = await forwardToOrigin(io, origin, exchange, originLimitMs);
      return result.ok ? result.value : exchange.refuse(result.error);
    },
  };
}
