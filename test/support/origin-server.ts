import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** One request as it was received. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** In the order received, names as they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body so far. */
  readonly bytes: () => number;
  readonly text: () => string;
  /** Resolves at the end of the body. */
  readonly whole: Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

export interface OriginServer {
  readonly url: string;
  readonly port: number;
  /** All requests so far. */
  readonly requests: readonly SeenRequest[];
  /** Waits for the request with this query. */
  find(query: string): Promise<SeenRequest>;
  stop(): Promise<void>;
}

export type Answer = (request: SeenRequest, response: ServerResponse, socket: Socket) => unknown;

/** Longer than a request takes on a busy machine. */
const patienceMs = 60_000;

/** An origin in this process that records requests unchanged, and responds with the given function. */
export async function startOriginServer(answer: Answer): Promise<OriginServer> {
  const requests: SeenRequest[] = [];
  const handle = (message: IncomingMessage, response: ServerResponse) => {
    const request = describe(message);
    requests.push(request);
    answer(request, response, message.socket);
  };
  const server = createServer(handle);
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    // Every request of a connection resolves at its end.
    socket.setMaxListeners(0);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async find(query) {
      for (const deadlineMs = Date.now() + patienceMs; Date.now() < deadlineMs; await delay(5)) {
        const request = requests.find(({ target }) => target.endsWith(`?${query}`));
        if (request !== undefined) return request;
      }
      throw new Error(`no request with the query ${query} reached the origin`);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function describe(message: IncomingMessage): SeenRequest {
  const { method = "", url = "", rawHeaders, socket } = message;
  let bytes = 0;
  let text = "";
  message.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (text.length < 4_096) text += chunk.toString("latin1");
  });
  message.on("error", () => {});
  return {
    method,
    target: url,
    headers: rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]!] as const] : [])),
    bytes: () => bytes,
    text: () => text,
    whole: new Promise((resolve) => message.on("end", resolve)),
    closed: new Promise((resolve) => socket.on("close", () => resolve())),
  };
}

/** The values of a header in any spelling; empty if it is absent. */
export function valuesOf(request: SeenRequest, name: string): readonly string[] {
  return request.headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value);
}
