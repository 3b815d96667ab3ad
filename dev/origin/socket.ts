/**
 * Accepts a WebSocket that first says which headers its request had, then sends back every message. The first
 * subprotocol on offer is accepted.
 */
export function openEchoSocket(request: Request): Response {
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    return new Response("Expected an upgrade to websocket\n", { status: 426, headers: { Upgrade: "websocket" } });
  }
  const { 0: client, 1: server } = new WebSocketPair();
  // As Blobs they would be sent back as text.
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(data));
  server.addEventListener("close", ({ code, reason }) => server.close(code, reason));
  server.send(JSON.stringify({ headers: Object.fromEntries(request.headers) }));

  const protocol = request.headers.get("Sec-WebSocket-Protocol")?.split(",")[0]?.trim();
  const headers: Record<string, string> = protocol ? { "Sec-WebSocket-Protocol": protocol } : {};
  return new Response(null, { status: 101, webSocket: client, headers });
}
