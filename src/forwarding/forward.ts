import { describeCause, nameNetworkError } from "../common/cause.ts";
import type { Denial } from "../common/denial.ts";
import { Deadline, type Io } from "../common/io.ts";
import { fail, type Result, succeed } from "../common/result.ts";
import { endsAbandonedRequests, hasStreamOnlyForBody } from "../common/runtime.ts";
import type { OriginConfig } from "../config/origin.ts";
import { readLength } from "../http/call.ts";
import { readAddress } from "../http/path.ts";
import { readBodies } from "../http/read-bodies.ts";
import { hasExpired } from "../token/identity.ts";
import { createOutgoingRequest, type ForwardedRequest, isWebSocketUpgrade, locateOrigin } from "./outgoing-request.ts";
import { passOn } from "./response.ts";
import { closeUnused, removeCookiesOfSocket } from "./upgrade-response.ts";
import { findBody, relayBody } from "./upload.ts";

/**
 * Forwards a request to the origin server and returns its response. Bodies are streamed in both directions, and
 * redirects are not followed. If the client disconnects, the origin's request is aborted. The time limit applies until
 * the response headers arrive. Never throws.
 *
 * @param io network, timers and clock
 * @param config the target
 * @param limitMs time in which the origin must start its response, in milliseconds
 * @param send sends a request to a URL
 * @returns the origin's response, or the denial
 */
export async function forwardToOrigin(
  io: Pick<Io, "fetch" | "after" | "now">,
  config: OriginConfig,
  forwarded: ForwardedRequest,
  limitMs: number,
  send: (url: string, init: RequestInit) => Promise<Response> = io.fetch,
): Promise<Result<Response, Denial>> {
  const { request, caller, relay, assert, noteCookie } = forwarded;
  const { target } = config;
  const address = readAddress(forwarded.url);
  if (address === undefined) return unreachable("the request URL is invalid");
  if (target.kind === "zone" && address.isLoopback) {
    // The request would return to this worker in an endless loop.
    return unreachable("ORIGIN_URL is required on loopback");
  }
  const sent = findSentBody(request);
  // `fetch` sends no body for these methods. Origins that ignore one read it as the next request of the connection,
  // with forged headers.
  const isBodiless = request.method === "GET" || request.method === "HEAD";
  if (isBodiless && sent !== undefined) return fail({ reason: "method_not_supported" });
  // A client whose body was read can no longer be slow.
  let upload = readBodies.has(request) ? undefined : sent;

  /** A token can expire while the gate waits for the body, for another token, or for the origin to open a WebSocket. */
  const isOver = () => caller !== undefined && hasExpired(caller.identity, io.now());
  let deadline: Deadline | undefined;
  let ours: AbortController | undefined;
  try {
    // Some origins refuse an empty body with a Transfer-Encoding. The assertion is signed afterwards, because it
    // expires.
    if (upload !== undefined && !announcesBody(request)) upload = await findBody(upload);
    const url = locateOrigin(config, address, forwarded);
    const asserted = assert && (await assert(url));
    if (asserted?.ok === false) return asserted;
    if (isOver()) return fail({ reason: "expired" });
    const init = createOutgoingRequest(config, address, forwarded, asserted?.value);
    if (init === undefined) return fail({ reason: "identity_too_large" });
    // While a body is on its way, the platform does not notice that the client is gone.
    if (upload !== undefined || target.kind === "service" || !endsAbandonedRequests()) {
      ours = new AbortController();
      init.signal = AbortSignal.any([request.signal, ours.signal]);
    }
    const response = await new Promise<Response | undefined>((resolve, reject) => {
      deadline = new Deadline(io, limitMs, () => {
        ours?.abort();
        reject();
      });
      if (upload === undefined) deadline.start();
      else init.body = relayBody(io, upload, readLength(request.headers), deadline, ours as AbortController);
      const sent = target.kind === "service" ? target.service.fetch(new Request(url, init)) : send(url, init);
      sent
        .then((response) => {
          // Only `send` of the operator can do so. The response can be that of any server.
          const isForeign = target.kind !== "service" && response.redirected;
          // A service may ignore the signal.
          if (isForeign || deadline?.hasPassed) response.body?.cancel().catch(() => {});
          resolve(isForeign ? undefined : response);
        })
        .catch(reject);
    });
    if (response === undefined) return unreachable("originFetch followed a redirect. Write fetch(url, init)");
    if (response.status !== 101) return succeed(passOn(response, config, address, caller !== undefined, noteCookie));
    // The response holds the two ends of a WebSocket and cannot be copied.
    if (isWebSocketUpgrade(request) && response.webSocket) {
      if (isOver()) {
        closeUnused(response.webSocket);
        return fail({ reason: "expired" });
      }
      const opened = removeCookiesOfSocket(response, config, noteCookie);
      return succeed(relay?.(opened) ?? opened);
    }
    return unreachable("the origin sent an unrequested 101");
  } catch (cause) {
    if (deadline?.hasPassed) return fail({ reason: "origin_timeout" });
    if (request.signal.aborted || ours?.signal.aborted) return fail({ reason: "client_gone" });
    const isOwnCode = target.kind === "service" && target.isOwnCode;
    return unreachable(isOwnCode ? describeCause(cause) : nameNetworkError(cause));
  } finally {
    deadline?.end();
  }
}

/** @returns `undefined` without a body that matters to the origin. `Content-Length: 0` means that there is none. */
function findSentBody({ body, headers }: Request): ReadableStream<Uint8Array> | undefined {
  return body === null || readLength(headers) === 0 ? undefined : body;
}

/** Whether the client has announced that there is a body. */
function announcesBody({ headers }: Request): boolean {
  return hasStreamOnlyForBody() || headers.has("content-length") || headers.has("transfer-encoding");
}

function unreachable(cause: string): Result<never, Denial> {
  return fail({ reason: "origin_unreachable", cause });
}
