import type { Io } from "../../common/io.ts";
import * as limits from "../../common/limits.ts";
import { andThen } from "../../common/result.ts";
import { OutgoingResponse } from "../../http/outgoing-response.ts";
import { forwardToOrigin } from "../../origin/forward.ts";
import type { Principal } from "../../token/principal.ts";
import type { Forward } from "./context.ts";

/**
 * Creates the function that forwards requests to the origin.
 *
 * @param limitMs time in which the origin must start its response, in milliseconds
 */
export function createForward(io: Io, limitMs: number = limits.originMilliseconds): Forward {
  return (context, { onBehalfOfScopes, closeAtExpiry }) => {
    const { origin, downstream, clockSkewSeconds } = context.setup;
    const cannotExchange = onBehalfOfScopes !== undefined && downstream === undefined;
    if (origin === undefined || cannotExchange) return context.refuse({ reason: "misconfigured" });
    return andThen(downstream?.authorize(context, origin, onBehalfOfScopes), async (exchanged) => {
      if (exchanged?.ok === false) return context.refuse(exchanged.error);
      const { request, path, principal, reported } = context;
      const relay =
        closeAtExpiry &&
        ((response: Response) => closeAtExpiry(io, response, findExpiryMs(principal, clockSkewSeconds)));
      const forwarded = { request, path, principal, reported, ownAuthorization: exchanged?.value, relay };
      const result = await forwardToOrigin(io, origin, forwarded, limitMs);
      if (!result.ok) return context.refuse(result.error);
      // On a public route, it is not private, and need not be.
      return OutgoingResponse.privateOfGate(result.value);
    });
  };
}

/** Returns when the token expires, in milliseconds since the epoch. Without a caller, the time is in the past. */
function findExpiryMs(principal: Principal | undefined, clockSkewSeconds: number): number {
  return principal === undefined ? 0 : (Number(principal.claims.exp) + clockSkewSeconds) * 1_000;
}
