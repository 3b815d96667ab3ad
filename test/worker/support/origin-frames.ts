import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { startServer } from "../../support/server.ts";

export interface FrameServer {
  readonly url: string;
  /** For each opened socket, a promise that resolves at its end. */
  readonly closed: readonly Promise<void>[];
  /** All received frames of all sockets, unmasked. */
  readonly frames: readonly Buffer[];
  /** Writes to every open socket. */
  write(bytes: Buffer): void;
  /** Stops the echo. */
  mute(): void;
  /** Ends every connection without a close frame. */
  drop(): void;
  stop(): Promise<void>;
}

/** RFC 6455 section 1.3. */
const handshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const maskBytes = 4;
const opcodeMask = 0x0f;
const closeOpcode = 8;

/** A WebSocket server that echoes every short frame of any kind unchanged, and sets a cookie of the gate. */
export async function startFrameServer(): Promise<FrameServer> {
  const closed: Promise<void>[] = [];
  const frames: Buffer[] = [];
  let isMute = false;
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on("upgrade", ({ headers }, stream) => {
    const socket = stream as Socket;
    closed.push(new Promise((resolve) => socket.on("close", () => resolve())));
    socket.on("end", () => socket.end());
    const accept = createHash("sha1")
      .update(headers["sec-websocket-key"] + handshakeGuid)
      .digest("base64");
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    const cookie = "Set-Cookie: __Host-entra-gate-sign-in-x=1; Path=/; Secure";
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, "X-Origin: frames", cookie, "", ""].join("\r\n"));
    let rest = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let frame = takeFrame(rest); frame !== undefined; frame = takeFrame(rest)) {
        rest = rest.subarray(frame.length);
        frames.push(unmask(frame));
        if (isMute) continue;
        socket.write(unmask(frame));
        if ((frame[0]! & opcodeMask) === closeOpcode) socket.end();
      }
    });
  });
  const { url, sockets, stop } = await startServer(server);
  return {
    url,
    closed,
    frames,
    write(bytes) {
      for (const socket of sockets) socket.write(bytes);
    },
    mute() {
      isMute = true;
    },
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    stop,
  };
}

/** The first frame, if it has arrived whole. Several may arrive at once. */
function takeFrame(bytes: Buffer): Buffer | undefined {
  const length = 2 + maskBytes + ((bytes[1] ?? 0) & 0x7f);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}

/** RFC 6455 section 5.2, of a frame below 126 bytes. */
function unmask(frame: Buffer): Buffer {
  const length = frame[1]! & 0x7f;
  const mask = frame.subarray(2, 2 + maskBytes);
  const payload = frame.subarray(2 + maskBytes).map((byte, index) => byte ^ mask[index % maskBytes]!);
  return Buffer.concat([Buffer.of(frame[0]!, length), payload]);
}
