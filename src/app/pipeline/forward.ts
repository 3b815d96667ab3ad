import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { andThen } from "../../base/common/result.ts";
import { OutgoingResponse } from "../../base/http/outgoing-response.ts";
import { cookieVariableOf, type OriginConfig } from "../../core/config/origin.ts";
import type { OriginFetch } from "../../core/guard/entra-options.ts";
import { forwardToOrigin } from "../../forwarding/forward.ts";
import type { NoteCookie } from "../../forwarding/request-headers.ts";
import type { InnerWorker } from "../types/inner-worker.ts";
import type { Forward, RequestContext } from "./context.ts";

/**
 * Creates the function that forwards requests to the origin.
 *
 * @param limitMs time in which the origin must start its response, in milliseconds
 * @param worker in the same script, which answers in place of the origin without a name
 * @param originFetch sends requests that no binding carries
 */
export function createForward(
  io: Io,
  limitMs: number = limits.originMilliseconds,
  worker?: InnerWorker,
  originFetch?: OriginFetch,
): Forward {
  /** Configured origins for which a cookie was dropped. */
  const noted = new WeakSet<OriginConfig>();

  return (context, { to, onBehalfOfScopes, closeAtExpiry }) => {
    const { authorities, downstream, issuer, revocations } = context.setup;
    const configured = to === undefined ? context.setup.origin : context.setup.origins?.get(to);
    const cannotExchange = onBehalfOfScopes !== undefined && downstream === undefined;
    if (configured === undefined || cannotExchange) return context.refuse({ reason: "misconfigured" });
    const origin = to === undefined && worker ? { ...configured, target: createTarget(worker, context) } : configured;
    /** Logs the first cookie that is dropped for an origin. */
    const noteCookie: NoteCookie = (sender) => {
      if (noted.has(configured)) return;
      noted.add(configured);
      io.log({ event: "cookie_dropped", level: "info", origin: to, sender, variable: cookieVariableOf(to) });
    };
    return andThen(downstream?.authorize(context, origin, onBehalfOfScopes), async (exchanged) => {
      if (exchanged?.ok === false) return context.refuse(exchanged.error);
      const { request, target, route, background, trace } = context;
      const { caller, reported } = context.admission;
      const identity = caller?.identity;
      const { method, url, path } = target;
      const isRevoked =
        revocations && identity && (async () => (await revocations.check(identity, background)) !== undefined);
      const relay =
        closeAtExpiry &&
        ((response: Response) => closeAtExpiry(io, response, (identity?.untilSeconds ?? 0) * 1_000, isRevoked));
      const sign = issuer?.assert;
      const assert =
        sign && ((url: string) => sign({ to, url, method, route: route.name, identity, reported, background }));
      const forwarded = {
        request,
        url,
        path,
        caller,
        reported,
        authority: authorities.length > 1 ? identity?.authority : undefined,
        ownAuthorization: exchanged?.value,
        relay,
        assert,
        trace,
        noteCookie,
      };
      const send = originFetch && ((url: string, init: RequestInit) => originFetch(url, init, to));
      const result = await forwardToOrigin(io, origin, forwarded, limitMs, send);
      if (!result.ok) return context.refuse(result.error);
      return caller === undefined
        ? OutgoingResponse.ofGate(result.value)
        : OutgoingResponse.privateOfGate(result.value);
    });
  };
}

/** Makes a worker the origin of one request. The new request keeps what Cloudflare says about the connection. */
function createTarget(worker: InnerWorker, { request: { cf }, env, platform }: RequestContext): OriginConfig["target"] {
  const fetch = async (request: Request) =>
    worker.fetch(cf ? new Request(request, { cf }) : request, env as never, platform as never);
  return { kind: "service", service: { fetch }, isOwnCode: true };
}
