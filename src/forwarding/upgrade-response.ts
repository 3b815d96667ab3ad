import type { OriginConfig } from "../core/config/origin.ts";
import type { NoteCookie } from "./request-headers.ts";
import { removeResponseCookies } from "./response.ts";

/** The runtime negotiates these with each end. */
const ownOfConnection = ["connection", "upgrade", "sec-websocket-accept", "sec-websocket-extensions"];

/**
 * Creates a 101 that opens a WebSocket.
 *
 * @param webSocket the end that the client gets
 * @param headers are changed
 */
export function createUpgradeResponse(webSocket: WebSocket, headers: Headers): Response {
  for (const name of ownOfConnection) headers.delete(name);
  return new Response(null, { status: 101, headers, webSocket } as ResponseInit);
}

/** "Unauthorized" in IANA's registry of WebSocket close codes, as 401 in HTTP. */
export const unauthorized = 3000;

/** Closes the origin's end of a WebSocket that no client gets, because the access token has expired. */
export function closeUnused(webSocket: WebSocket): void {
  // Only Workers pass WebSockets on, and only their types know the method.
  (webSocket as WebSocket & { accept(): void }).accept();
  webSocket.close(unauthorized, "access token expired");
}

/**
 * Removes from a 101 the cookies that the client must not get. Its headers cannot be changed, so another one opens the
 * same WebSocket.
 *
 * @param response the origin's 101
 */
export function removeCookiesOfSocket(
  response: Response,
  config: OriginConfig,
  noteCookie: NoteCookie | undefined,
): Response {
  const headers = new Headers(response.headers);
  if (!removeResponseCookies(headers, new Map(headers), config, noteCookie)) return response;
  return createUpgradeResponse((response as unknown as { readonly webSocket: WebSocket }).webSocket, headers);
}
