import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningServer, startServer } from "./server.ts";

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

export interface OriginServer extends RunningServer {
  /** All requests so far. */
  readonly requests: readonly SeenRequest[];
  /** Waits for the request with this query. */
  find(query: string): Promise<SeenRequest>;
}

export type Answer = (request: SeenRequest, response: ServerResponse, socket: Socket) => unknown;

/** Longer than a request takes on a busy machine. */
const patienceMs = 60_000;

/** An origin in this process that records requests unchanged, and responds with the given function. */
export async function startOriginServer(answer: Answer): Promise<OriginServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const request = describe(message);
    requests.push(request);
    answer(request, response, message.socket);
  });
  // Every request of a connection resolves at its end.
  server.on("connection", (socket) => socket.setMaxListeners(0));
  return {
    ...(await startServer(server)),
    requests,
    async find(query) {
      for (const deadlineMs = Date.now() + patienceMs; Date.now() < deadlineMs; await delay(5)) {
        const request = requests.find(({ target }) => target.endsWith(`?${query}`));
        if (request !== undefined) return request;
      }
      throw new Error(`no request with the query ${query} reached the origin`);
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
