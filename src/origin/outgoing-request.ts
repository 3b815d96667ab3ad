import type { OriginConfig } from "../config/origin.ts";
import type { Reason } from "../denial.ts";
import { type Address, readAddress } from "../http/call.ts";
import { readQuery } from "../http/path.ts";
import { isWorkers } from "../io.ts";
import type { Principal } from "../token/principal.ts";
import { listAddedHeaders } from "./added-headers.ts";
import { setAuthorization, stripRequestHeaders } from "./request-headers.ts";
import { relayBody, type UploadEvents } from "./upload.ts";

/** A request that was let through. */
export interface ForwardedRequest {
  readonly request: Request;
  /** In the form that was matched. */
  readonly path: string;
  /** `undefined` on public routes. */
  readonly principal: Principal | undefined;
  /** Credential that the origin gets in place of the caller's. */
  readonly ownAuthorization?: string | undefined;
  /** When its WebSocket is closed, in milliseconds since the epoch; `undefined` where it may outlive the token. */
  readonly socketEndsAtMs?: number | undefined;
  /** Why policy would have refused it, in report mode. */
  readonly reported?: Reason | undefined;
}

/** What the origin is sent: the arguments of `fetch`, which costs less than a Request made of them. */
export interface OutgoingRequest {
  readonly url: string;
  readonly init: RequestInit;
}

const conditionalNames = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

/**
 * Writes the origin's request from the client's. Starts the deadline once it is the origin's turn.
 *
 * @param signal cancels the request
 * @returns `undefined` where the headers that say who calls are too large
 * @throws TypeError where the client's request has no address
 */
export function createOutgoingRequest(
  config: OriginConfig,
  { request, path, principal, ownAuthorization, reported }: ForwardedRequest,
  signal: AbortSignal,
  events: UploadEvents,
): OutgoingRequest | undefined {
  const address = readAddress(request.url);
  if (address === undefined) throw new TypeError("the request has no address");
  const added = listAddedHeaders(address, principal, reported);
  if (added === undefined) return undefined;
  const headers = new Headers(request.headers);
  stripRequestHeaders(headers);
  setAuthorization(headers, config.authorization, ownAuthorization);
  // Whatever came compressed would be mislabelled there.
  if (!isWorkers()) headers.set("accept-encoding", "identity");
  for (const [name, value] of added) headers.set(name, value);
  if (isWebSocketUpgrade(request)) headers.set("upgrade", "websocket");
  const body = hasBody(request) ? relayBody(request.body, readLength(request.headers), events) : null;
  if (body === null) events.deadline.start();
  const init = {
    method: request.method,
    headers,
    body,
    redirect: "manual",
    signal,
    ...cacheOptions(principal !== undefined, request.headers),
    // Streaming a body needs it said wherever it is not the default.
    ...(body !== null && { duplex: "half" }),
  };
  return { url: locate(config, address, path, readQuery(request.url)), init };
}

/**
 * Keeps the platform from answering out of a cache that knows no callers, and from adding `Cache-Control` or `Pragma` of its
 * own: with `Cache-Control: no-cache`, origins answer a conditional request in full.
 *
 * @param isPrivate whether the answer is for one caller
 */
function cacheOptions(isPrivate: boolean, headers: Headers): RequestInit {
  // What `cache: "no-store"` sets there, without the two headers that it adds.
  if (isWorkers()) return isPrivate ? { cf: { cacheTtl: -1, cacheLevel: "bypass" } } : {};
  // In Node, `fetch` sends conditional requests as "no-store" does (Fetch Standard, "HTTP-network-or-cache fetch", step 16).
  return conditionalNames.some((name) => headers.has(name)) ? { cache: "no-cache" } : {};
}

/** With any other method the platform would send GET, which is not what was authorized. */
export function isWebSocketUpgrade(request: Request): boolean {
  return request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Whether a request has a body that an origin could miss: `Content-Length: 0` says that there is none. */
export function hasBody(request: Request): request is Request & { readonly body: ReadableStream<Uint8Array> } {
  if (request.body === null) return false;
  return !isBodiless(request.method) || readLength(request.headers) !== 0;
}

/** Methods with which `fetch` sends no body. */
export function isBodiless(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** `undefined` where it is not known before the end, which `Transfer-Encoding` says with precedence (RFC 9112 section 6.3). */
function readLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) && !headers.has("transfer-encoding") ? Number(length) : undefined;
}

function locate({ target }: OriginConfig, address: Address, path: string, query: string): string {
  if (target.kind !== "url") return `${address.origin}${path}${query}`;
  const { origin, pathname } = target.url;
  return `${origin}${pathname.replace(/\/$/, "")}${path}${query}`;
}
