import { describeCause } from "../cause.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { Denial } from "../denial.ts";
import { readAddress } from "../http/call.ts";
import { isLoopback } from "../http/loopback.ts";
import { createDeadline, type Io } from "../io.ts";
import { fail, type Result, succeed } from "../result.ts";
import {
  createOutgoingRequest,
  type ForwardedRequest,
  hasBody,
  isBodiless,
  isWebSocketUpgrade,
} from "./outgoing-request.ts";
import { passOn, type Relocation } from "./response.ts";
import { closeAtExpiry } from "./web-socket.ts";

/**
 * Sends a request on to the origin and its answer back. Bodies stream both ways, redirects are passed on unfollowed, a
 * client that goes away takes the origin's request with it, and the time limit covers the wait for the answer's head.
 *
 * @param io network, timers and clock
 * @param config where to
 * @param limitMs how long the origin may take to begin its answer, in milliseconds
 * @returns the origin's answer, or why there is none; never throws
 */
export async function forwardToOrigin(
  io: Pick<Io, "fetch" | "after" | "now">,
  config: OriginConfig,
  forwarded: ForwardedRequest,
  limitMs: number,
): Promise<Result<Response, Denial>> {
  const { request, principal, socketEndsAtMs } = forwarded;
  const { target } = config;
  if (target.kind === "zone" && isLoopback(readAddress(request.url)?.hostname ?? "")) {
    // The request would come back to this worker, for ever.
    return unreachable("ORIGIN_URL is required on loopback");
  }
  // Origins that ignore such a body read it as the connection's next request, with whatever headers it forges.
  if (isBodiless(request.method) && hasBody(request)) return fail({ reason: "method_not_supported" });

  const ours = new AbortController();
  const deadline = createDeadline(io, limitMs, () => ours.abort());
  try {
    const signal = AbortSignal.any([request.signal, ours.signal]);
    const events = { deadline, onBroken: (cause: unknown) => ours.abort(cause) };
    const outgoing = createOutgoingRequest(config, forwarded, signal, events);
    if (outgoing === undefined) return fail({ reason: "identity_too_large" });
    const { url, init } = outgoing;
    const sent = target.kind === "service" ? target.service.fetch(new Request(url, init)) : io.fetch(url, init);
    // A service may be deaf to the signal.
    const response = await Promise.race([sent, deadline.passed]);
    if (response === undefined) {
      sent.then(({ body }) => body?.cancel()).catch(() => {});
      throw new TypeError("the origin gave no answer");
    }
    if (response.status !== 101) {
      return succeed(passOn(response, principal !== undefined, findRelocation(config, request)));
    }
    // The two ends of a WebSocket are in the response itself, which cannot be copied.
    if (isWebSocketUpgrade(request) && response.webSocket) {
      return succeed(socketEndsAtMs === undefined ? response : closeAtExpiry(io, response, socketEndsAtMs));
    }
    return unreachable("the origin switched protocols without an upgrade request");
  } catch (cause) {
    if (deadline.hasPassed) return fail({ reason: "origin_timeout" });
    if (request.signal.aborted || ours.signal.aborted) return fail({ reason: "client_gone" });
    return unreachable(describeCause(cause));
  } finally {
    deadline.end();
  }
}

/** A zone's origin and a service are asked under the gate's own address. */
function findRelocation({ target }: OriginConfig, request: Request): Relocation | undefined {
  if (target.kind !== "url") return undefined;
  const address = readAddress(request.url);
  return address && { from: target.url, to: address.origin };
}

function unreachable(cause: string): Result<never, Denial> {
  return fail({ reason: "origin_unreachable", cause });
}
