import { showHeaders } from "./echo.ts";

/**
 * Accepts a WebSocket. It first sends the headers of the request, then every message that it receives. It accepts the
 * first subprotocol that the client offers.
 */
export function openEchoSocket(request: Request): Response {
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    return new Response("Expected an upgrade to WebSocket\n", { status: 426, headers: { Upgrade: "websocket" } });
  }
  const { 0: client, 1: server } = new WebSocketPair();
  // Blobs would be sent back as text.
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(data));
  server.addEventListener("close", ({ code, reason }) => server.close(code, reason));
  server.send(JSON.stringify({ headers: showHeaders(request.headers) }));

  const protocol = request.headers.get("Sec-WebSocket-Protocol")?.split(",")[0]?.trim();
  const headers: Record<string, string> = protocol ? { "Sec-WebSocket-Protocol": protocol } : {};
  return new Response(null, { status: 101, webSocket: client, headers });
}
