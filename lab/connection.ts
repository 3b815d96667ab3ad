import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * A kept-alive connection that sends one request at a time without a client library, which would cost more than the
 * worker.
 */
export interface Connection {
  /** @param request see {@link writeRequest} */
  send(request: Buffer): void;
  close(): void;
}

/** A request as bytes. */
export interface RequestContent {
  readonly method?: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** More bytes than the head of any response here has. */
const headBytesMaximum = 64 * 1024;
/** The position of the status in `HTTP/1.1 200 OK`. */
const statusAt = 9;
const lastChunk = Buffer.from("0\r\n\r\n");

/** Writes a request for HTTP/1.1 to 127.0.0.1. */
export function writeRequest({ method = "GET", path, headers = {}, body }: RequestContent): Buffer {
  const lines = Object.entries({
    host: "127.0.0.1",
    ...headers,
    ...(body !== undefined && { "content-length": String(body.length) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return body === undefined ? head : Buffer.concat([head, body]);
}

/**
 * Opens a connection to a port of 127.0.0.1.
 *
 * @param onResponse called at the last byte of a response
 * @param onFault called if the connection breaks, or if a response has neither a length nor chunks
 */
export async function openConnection(
  port: number,
  onResponse: (status: number) => void,
  onFault: (fault: Error) => void,
): Promise<Connection> {
  const read = createReader();
  const socket: Socket = connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer: Buffer.allocUnsafeSlow(headBytesMaximum),
      callback(count, chunk) {
        try {
          const status = read(chunk as Buffer, count);
          if (status !== undefined) onResponse(status);
        } catch (fault) {
          onFault(fault as Error);
        }
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  await once(socket, "connect");
  socket.on("error", onFault);
  socket.on("close", () => onFault(new Error(`port ${port} closed a connection`)));
  return {
    send: (request) => void socket.write(request),
    close() {
      socket.removeAllListeners("close");
      socket.destroy();
    },
  };
}

/**
 * Creates a function that takes the next bytes of a connection, and returns the status of a response after the last of
 * its bytes. It creates no garbage for a response that arrives in one piece, apart from the text of its head.
 *
 * @throws Error if a response has neither a length nor chunks
 */
export function createReader(): (chunk: Buffer, count?: number) => number | undefined {
  const head = Buffer.allocUnsafeSlow(headBytesMaximum);
  const tail = Buffer.alloc(lastChunk.length);
  let filled = 0;
  let status = 0;
  /** Bytes of the body that are missing; infinite if it has chunks. */
  let remaining = -1;

  function readHead(chunk: Buffer, count: number): number {
    const copied = chunk.copy(head, filled, 0, count);
    const before = filled;
    filled += copied;
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 || end + 4 > filled) return count;
    const text = head.toString("latin1", 0, end);
    status = Number(text.slice(statusAt, statusAt + 3));
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? (status === 204 ? "0" : undefined);
    if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(text)) {
      throw new Error("a response has neither a length nor chunks");
    }
    remaining = Number(length ?? Number.POSITIVE_INFINITY);
    return end + 4 - before;
  }

  function endsChunks(chunk: Buffer, from: number, count: number): boolean {
    const added = Math.min(count - from, tail.length);
    tail.copy(tail, 0, added);
    chunk.copy(tail, tail.length - added, count - added, count);
    return tail.equals(lastChunk);
  }

  return (chunk, count = chunk.length) => {
    const from = remaining < 0 ? readHead(chunk, count) : 0;
    if (remaining < 0) return undefined;
    if (Number.isFinite(remaining)) remaining -= count - from;
    const isComplete = Number.isFinite(remaining) ? remaining <= 0 : endsChunks(chunk, from, count);
    if (!isComplete) return undefined;
    filled = 0;
    remaining = -1;
    tail.fill(0);
    return status;
  };
}
