import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface SocketLoad {
  readonly path: string;
  readonly authorization: string;
  readonly connections: number;
  /** Messages that each connection has in transit. */
  readonly window: number;
  /** Bytes of a message, from 126 to 65,535. */
  readonly bytes: number;
}

/** Open WebSockets that echo. */
export interface OpenSockets {
  /** Number of echoed messages so far. */
  readonly echoed: () => number;
  /** Sends as fast as echoes arrive. */
  run(milliseconds: number): Promise<void>;
  close(): void;
}

/**
 * Opens WebSockets without a client library, which would cost more than the worker. It does not offer compression.
 *
 * @param origin of the worker
 * @throws Error if one is not opened
 */
export async function openSockets(origin: string, load: SocketLoad): Promise<OpenSockets> {
  const { host, hostname, port } = new URL(origin);
  // A binary frame, masked with zeros, which change nothing (RFC 6455 section 5.2).
  const frame = Buffer.alloc(8 + load.bytes, "x");
  frame.set([0x82, 0x80 | 126, load.bytes >> 8, load.bytes & 0xff, 0, 0, 0, 0]);
  const echoBytes = 4 + load.bytes;
  let received = 0;
  let isRunning = false;

  async function open(): Promise<Socket> {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const lines = [
      `GET ${load.path} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: ${load.authorization}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    const [head] = (await once(socket, "data")) as [Buffer];
    if (!head.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error(`${load.path}: ${head}`);
    let pending = 0;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
      pending += chunk.length;
      for (; pending >= echoBytes; pending -= echoBytes) if (isRunning) socket.write(frame);
    });
    socket.on("error", () => {});
    return socket;
  }

  const sockets = await Promise.all(Array.from({ length: load.connections }, open));
  return {
    echoed: () => received / echoBytes,
    async run(milliseconds) {
      isRunning = true;
      for (const socket of sockets) for (let sent = 0; sent < load.window; sent += 1) socket.write(frame);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      isRunning = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
