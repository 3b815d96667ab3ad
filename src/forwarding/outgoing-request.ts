import type { Reason } from "../common/denial.ts";
import { hasCacheRules, passesEncodedBodies } from "../common/runtime.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { Asserted } from "../guard/issuer.ts";
import type { CallTrace } from "../http/call.ts";
import { type Address, readQuery } from "../http/path.ts";
import { readBodies } from "../http/read-bodies.ts";
import { readHeaders } from "../http/remove-headers.ts";
import type { Caller } from "../token/caller.ts";
import { findRoom, listAddedHeaders } from "./added-headers.ts";
import { type NoteCookie, removeRequestCookies } from "./cookies.ts";
import { stripRequestHeaders } from "./request-headers.ts";

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

const conditionalNames = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

/**
 * Creates the options of `fetch` for the origin's request from the client's. They are cheaper than a `Request`, and
 * have neither a body that is still on its way nor a signal.
 *
 * @param address of the client's request
 * @param assertion signed for this request
 * @returns `undefined` if the identity headers are too large
 */
export function createOutgoingRequest(
  config: OriginConfig,
  address: Address,
  { request, caller, ownAuthorization, reported, authority, trace, noteCookie }: ForwardedRequest,
  assertion?: string,
): RequestInit | undefined {
  const headers = new Headers(request.headers);
  const values = readHeaders(headers);
  stripRequestHeaders(headers, values);
  removeRequestCookies(headers, values, config, noteCookie);
  const received = values.get("authorization");
  // On a public route no token was exchanged, and the token in the request is not for the origin.
  const authorization = ownAuthorization ?? (config.authorization === "forward" ? received : undefined);
  if (authorization === undefined) headers.delete("authorization");
  else if (authorization !== received) headers.set("authorization", authorization);
  const room = findRoom(authorization);
  const added = listAddedHeaders(address, { caller, reported, authority, assertion }, room);
  if (added === undefined) return undefined;
  if (!passesEncodedBodies()) headers.set("accept-encoding", "identity");
  for (const [name, value] of added) headers.set(name, value);
  trace?.send(headers);
  if (isWebSocketUpgrade(request)) headers.set("upgrade", "websocket");
  const init = {
    method: request.method,
    headers,
    body: readBodies.get(request) ?? null,
    redirect: "manual",
    // Platforms that do not stream by default require this option for a body.
    duplex: "half",
    ...cacheOptions(caller !== undefined, request.headers),
  };
  return init;
}

/**
 * Prevents the platform from using a cache that does not distinguish callers, and from adding `Cache-Control` or
 * `Pragma`. With `Cache-Control: no-cache`, origins answer a conditional request in full.
 *
 * @param isPrivate whether the response is for one caller
 */
function cacheOptions(isPrivate: boolean, headers: Headers): RequestInit {
  if (hasCacheRules()) return isPrivate ? { cf: { cacheTtl: -1, cacheLevel: "bypass" } } : {};
  // In Node, `fetch` treats conditional requests as "no-store" (Fetch Standard, "HTTP-network-or-cache fetch", step
  // 16).
  return conditionalNames.some((name) => headers.has(name)) ? { cache: "no-cache" } : {};
}

/** With another method the platform would send GET, which was not authorized. */
export function isWebSocketUpgrade(request: Request): boolean {
  return request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Finds the URL of the origin's request.
 *
 * @param address of the client's request
 */
export function locateOrigin({ target }: OriginConfig, address: Address, { url, path }: ForwardedRequest): string {
  const query = readQuery(url);
  if (target.url === undefined) return `${address.origin}${path}${query}`;
  const { origin, pathname } = target.url;
  return `${origin}${pathname.replace(/\/$/, "")}${path}${query}`;
}
