/** A WebSocket as a client sees it. */
export interface Conversation {
  readonly socket: WebSocket;
  /** Waits for the next message. */
  next(): Promise<string | ArrayBuffer>;
  readonly closed: Promise<CloseEvent>;
}

/** Header lines of an upgrade, for a client that writes its own frames (RFC 6455 section 4.1). */
export const webSocketHandshake = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/**
 * Opens a WebSocket at `/ws`, and rejects if that fails.
 *
 * @param gateUrl origin of the gate
 */
export async function openConversation(
  gateUrl: string,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = [],
): Promise<Conversation> {
  const options = { headers, protocols: [...protocols] };
  const socket = new WebSocket(`${gateUrl.replace("http", "ws")}/ws`, options as never);
  socket.binaryType = "arraybuffer";
  const messages: (string | ArrayBuffer)[] = [];
  let wake = () => {};
  socket.addEventListener("message", ({ data }) => {
    messages.push(data);
    wake();
  });
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return {
    socket,
    closed,
    async next() {
      while (messages.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return messages.shift()!;
    },
  };
}
