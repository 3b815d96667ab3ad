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
 * Removes cookies from a 101. Its headers cannot be changed, so another one opens the same WebSocket.
 *
 * @param response the origin's 101
 * @param removeCookies removes those that the client must not get, and returns whether there were any
 */
export function removeCookiesOfSocket(response: Response, removeCookies: (headers: Headers) => boolean): Response {
  const headers = new Headers(response.headers);
  if (!removeCookies(headers)) return response;
  return createUpgradeResponse((response as unknown as { readonly webSocket: WebSocket }).webSocket, headers);
}
