import { refuseOwnCookies } from "../http/own-cookies.ts";

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

/**
 * Removes cookies with names of the gate's own from a 101. Its headers cannot be changed, so another one opens the same
 * WebSocket.
 *
 * @param response the origin's 101
 */
export function refuseCookiesOfSocket(response: Response): Response {
  const headers = new Headers(response.headers);
  if (!refuseOwnCookies(headers)) return response;
  return createUpgradeResponse((response as unknown as { readonly webSocket: WebSocket }).webSocket, headers);
}
