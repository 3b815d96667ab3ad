import { createAdmitRequest } from "./app/admittance.ts";
import type { Exchange } from "./app/exchange.ts";
import type { Denial } from "./denial.ts";
import type { Io } from "./io.ts";
import { limits } from "./limits.ts";
import { forwardToOrigin } from "./origin/forward.ts";
import type { Admission } from "./policy/admission.ts";
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
  forward(exchange: Exchange, runtime: Runtime, ownScopes: readonly string[] | undefined): Promise<Response>;
}

/** What code decides at an entrance, beside the configuration. */
export interface EntranceOptions {
  readonly revokedAtSeconds?: RevocationCheck;
  readonly originMilliseconds?: number;
}

/** Makes an entrance. */
export function createEntrance(io: Io, { revokedAtSeconds, originMilliseconds }: EntranceOptions): Entrance {
  const admit = createAdmitRequest(io, revokedAtSeconds);
  const originLimitMs = originMilliseconds ?? limits.originMilliseconds;

  function follow(exchange: Exchange, { principal, keys, denial }: Admission): Response | undefined {
    exchange.principal = principal;
    exchange.keys = keys;
    return exchange.conclude(denial);
  }

  return {
    guard(exchange, runtime, findDenial) {
      const { principal } = exchange;
      if (principal !== undefined) {
        const denial = findDenial(principal);
        return denial && exchange.conclude(denial);
      }
      const admission = admit(exchange, runtime, findDenial);
      return admission instanceof Promise
        ? admission.then((settled) => follow(exchange, settled))
        : follow(exchange, admission);
    },
    async forward(exchange, { origin, downstream, clockSkewSeconds }, ownScopes) {
      const cannotExchange = ownScopes !== undefined && downstream === undefined;
      if (origin === undefined || cannotExchange) return exchange.refuse({ reason: "misconfigured" });
      const asked = downstream?.authorize(exchange, origin, ownScopes);
      const own = asked instanceof Promise ? await asked : asked;
      if (own?.ok === false) return exchange.refuse(own.error);
      exchange.ownAuthorization = own?.value;
      if (exchange.closesWebSocketAtExpiry)
        exchange.socketEndsAtMs = findExpiryMs(exchange.principal, clockSkewSeconds);
      const result = await forwardToOrigin(io, origin, exchange, originLimitMs);
      if (!result.ok) return exchange.refuse(result.error);
      exchange.privateAnswer = result.value;
      return result.value;
    },
  };
}

/** From when on HTTP would refuse the token, in milliseconds since the epoch; at once where nobody was let in. */
function findExpiryMs(principal: Principal | undefined, clockSkewSeconds: number): number {
  return principal === undefined ? 0 : (Number(principal.claims.exp) + clockSkewSeconds) * 1_000;
}
