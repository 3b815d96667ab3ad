import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Requests that one connection sends one after another. */
export type Job = readonly Buffer[];

/** Connections that stay open. */
export interface Client {
  /**
   * Sends every job once. Each connection takes the next job as soon as it has finished the last one.
   *
   * @throws Error if a response has another status, or if a connection ends
   */
  send(jobs: readonly Job[], status: number): Promise<void>;
  close(): void;
}

/** A request as bytes. */
export interface RequestParts {
  readonly method?: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Writes a request for HTTP/1.1. */
export function writeRequest(port: number, { method = "GET", path, headers = {}, body }: RequestParts): Buffer {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(body !== undefined && { "content-length": String(body.length) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** Connects to a port of 127.0.0.1. The client parses only what the workers of this folder answer. */
export async function openClient(port: number, connections = 16): Promise<Client> {
  const exchanges = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  return {
    async send(jobs, status) {
      let next = 0;
      const work = async ({ exchange }: Connection) => {
        for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
          for (const request of job) {
            const received = await exchange(request);
            if (received !== status) throw new Error(`port ${port} answered ${received}, not ${status}`);
          }
        }
      };
      await Promise.all(exchanges.map(work));
    },
    close() {
      for (const { socket } of exchanges) socket.destroy();
    },
  };
}

interface Connection {
  readonly socket: Socket;
  /** @returns the status, when the whole response has arrived */
  exchange(request: Buffer): Promise<number>;
}

async function openConnection(port: number): Promise<Connection> {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  await once(socket, "connect");
  let read = createReader();
  let settle: { resolve(status: number): void; reject(error: Error): void } | undefined;
  socket.on("data", (chunk) => {
    const status = read(chunk as Buffer);
    if (status === undefined) return;
    read = createReader();
    settle?.resolve(status);
  });
  socket.on("close", () => settle?.reject(new Error(`port ${port} closed the connection`)));
  socket.on("error", (error) => settle?.reject(error));
  return {
    socket,
    exchange(request) {
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(request);
      });
    },
  };
}

const headEnd = "\r\n\r\n";
const lastChunk = "0\r\n\r\n";

/** @returns a function that takes the bytes of one response and returns the status after the last of them */
export function createReader(): (chunk: Buffer) => number | undefined {
  let head: Buffer = Buffer.alloc(0);
  let status: number | undefined;
  let remaining = 0;
  let tail: string | undefined;
  return (chunk) => {
    let body = chunk;
    if (status === undefined) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf(headEnd);
      if (end < 0) return undefined;
      const text = head.toString("latin1", 0, end);
      status = Number(text.slice(9, 12));
      remaining = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (/\r\ntransfer-encoding: *chunked/i.test(text)) tail = "";
      body = head.subarray(end + headEnd.length);
    }
    if (tail !== undefined) {
      tail = (tail + body.toString("latin1", Math.max(0, body.length - lastChunk.length))).slice(-lastChunk.length);
      return tail === lastChunk ? status : undefined;
    }
    remaining -= body.length;
    return remaining <= 0 ? status : undefined;
  };
}
