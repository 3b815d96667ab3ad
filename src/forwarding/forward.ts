import { describeCause, nameNetworkError } from "../base/common/cause.ts";
import type { Denial, Reason } from "../base/common/denial.ts";
import { Deadline, type Io } from "../base/common/io.ts";
import { fail, type Result, succeed } from "../base/common/result.ts";
import { runtime } from "../base/common/runtime.ts";
import { type CallTrace, readLength } from "../base/http/call.ts";
import { type Address, readAddress, readQuery } from "../base/http/path.ts";
import { readBodies } from "../base/http/read-bodies.ts";
import type { OriginConfig } from "../core/config/origin.ts";
import type { Asserted } from "../core/guard/issuer.ts";
import type { Caller } from "../core/token/caller.ts";
import { hasExpired } from "../core/token/identity.ts";
import { findRoom, listAddedHeaders } from "./added-headers.ts";
import { type NoteCookie, removeRequestCookies, stripRequestHeaders } from "./request-headers.ts";
import { passOn } from "./response.ts";
import { closeUnused, removeCookiesOfSocket } from "./upgrade-response.ts";
import { findBody, relayBody } from "./upload.ts";

/** An admitted request. */
export interface ForwardedRequest {
  readonly request: Request;
  /** Of the request, see `Call`. */
  readonly url: string;
  /** In the normal form that was matched. */
  readonly path: string;
  /** `undefined` on public routes. */
  readonly caller: Caller | undefined;
  /** Credential that replaces the caller's. */
  readonly ownAuthorization?: string | undefined;
  /** Relays a WebSocket until the token expires; `undefined` if it may outlive the token. */
  readonly relay?: ((response: Response) => Response) | undefined;
  /** Why policy denied the request, in report mode. */
  readonly reported?: Reason | undefined;
  /** Name of the caller's authority, if the gate has several. */
  readonly authority?: string | undefined;
  readonly trace?: CallTrace | undefined;
  /** Called if a cookie is dropped on its way to or from the origin. */
  readonly noteCookie?: NoteCookie | undefined;
  /** Signs an assertion about the request to a URL, with the caller. */
  readonly assert?: ((url: string) => Asserted | Promise<Asserted>) | undefined;
}

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
  // `Content-Length: 0` means that there is no body.
  const sent = request.body !== null && readLength(request.headers) !== 0 ? request.body : undefined;
  // `fetch` sends no body for these methods. Origins that ignore one read it as the next request of the connection,
  // with forged headers.
  const isBodiless = request.method === "GET" || request.method === "HEAD";
  if (isBodiless && sent !== undefined) return fail({ reason: "method_not_supported" });
  // A client whose body was read can no longer be slow.
  let upload = readBodies.has(request) ? undefined : sent;
  // With another method the platform would send GET, which was not authorized.
  const opensWebSocket = request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
  // Elsewhere, `fetch` fails, or sends the origin a GET whose response opens nothing.
  if (opensWebSocket && !runtime.isWorkers) return fail({ reason: "upgrade_not_supported" });

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
    if (opensWebSocket) init.headers.set("upgrade", "websocket");
    // While a body is on its way, the platform does not notice that the client is gone.
    if (upload !== undefined || target.kind === "service" || !runtime.endsAbandonedRequests) {
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
    // Node accepts such a status from a server, but throws where the gate creates a response with it.
    if (response.status > 599) {
      response.body?.cancel().catch(() => {});
      return unreachable("the origin sent a status above 599");
    }
    if (response.status !== 101) return succeed(passOn(response, config, address, caller !== undefined, noteCookie));
    // The response holds the two ends of a WebSocket and cannot be copied.
    if (opensWebSocket && response.webSocket) {
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

/** Whether the client has announced that there is a body. */
function announcesBody({ headers }: Request): boolean {
  return runtime.hasStreamOnlyForBody || headers.has("content-length") || headers.has("transfer-encoding");
}

function unreachable(cause: string): Result<never, Denial> {
  return fail({ reason: "origin_unreachable", cause });
}

/**
 * Finds the URL of the origin's request.
 *
 * @param address of the client's request
 */
function locateOrigin({ target }: OriginConfig, address: Address, { url, path }: ForwardedRequest): string {
  const query = readQuery(url);
  if (target.url === undefined) return `${address.origin}${path}${query}`;
  const { origin, pathname } = target.url;
  return `${origin}${pathname.replace(/\/$/, "")}${path}${query}`;
}

const conditionalNames = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

/**
 * Creates the options of `fetch` for the origin's request from the client's. They are cheaper than a `Request`, and
 * have no body that is still on its way, no signal, and no `Upgrade`.
 *
 * @param address of the client's request
 * @param assertion signed for this request
 * @returns `undefined` if the identity headers are too large
 */
function createOutgoingRequest(
  config: OriginConfig,
  address: Address,
  { request, caller, ownAuthorization, reported, authority, trace, noteCookie }: ForwardedRequest,
  assertion?: string,
): (RequestInit & { readonly headers: Headers }) | undefined {
  const headers = new Headers(request.headers);
  const values = stripRequestHeaders(headers);
  removeRequestCookies(headers, values, config, noteCookie);
  const received = values.get("authorization");
  // On a public route no token was exchanged, and the token in the request is not for the origin.
  const authorization = ownAuthorization ?? (config.authorization === "forward" ? received : undefined);
  if (authorization === undefined) headers.delete("authorization");
  else if (authorization !== received) headers.set("authorization", authorization);
  const room = findRoom(authorization);
  const added = listAddedHeaders(address, { caller, reported, authority, assertion }, room);
  if (added === undefined) return undefined;
  if (!runtime.passesEncodedBodies) headers.set("accept-encoding", "identity");
  for (const [name, value] of added) headers.set(name, value);
  trace?.send(headers);
  const init = {
    method: request.method,
    headers,
    body: readBodies.get(request) ?? null,
    redirect: "manual",
    // Platforms that do not stream by default require this option for a body.
    duplex: "half",
    ...cacheOptions(caller !== undefined || authorization !== undefined, request.headers),
  };
  return init;
}

/**
 * Prevents the platform from using a cache that does not distinguish callers, and from adding `Cache-Control` or
 * `Pragma`. With `Cache-Control: no-cache`, origins answer a conditional request in full.
 *
 * @param isPrivate whether the response is for one caller, or the origin gets a credential
 */
function cacheOptions(isPrivate: boolean, headers: Headers): Pick<RequestInit, "cf" | "cache"> {
  if (runtime.hasCacheRules) return isPrivate ? { cf: { cacheTtl: -1, cacheLevel: "bypass" } } : {};
  // In Node, `fetch` treats conditional requests as "no-store" (Fetch Standard, "HTTP-network-or-cache fetch", step
  // 16).
  return conditionalNames.some((name) => headers.has(name)) ? { cache: "no-cache" } : {};
}
