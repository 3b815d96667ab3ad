import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { refuseForeign, type ServerVars, serverPages } from "../../entra/server/pages.ts";
import { headerBytes, type LoopbackServer, readHead, refuseHead, serve } from "../common/loopback.ts";

/** The server at the address of the gate. */
export interface GateListener extends LoopbackServer {
  /** Forwards requests to the port of the program. */
  connect(port: number): void;
  /** Answers 503 until the program has a port again. */
  disconnect(): void;
}

/**
 * Starts the server at the address of the gate. It refuses requests under a foreign host, and those of foreign pages to
 * `/cdn-cgi/`, whatever the program serves. It forwards the others to the program, unchanged but for
 * headers that only Wrangler sends.
 *
 * @throws PortTakenError
 */
export async function startGateListener(port: number): Promise<GateListener> {
  const vars: ServerVars & { PORT?: string } = {};
  let target: number | undefined;
  const refuse = (incoming: IncomingMessage): Response | undefined => {
    const head = readHead(incoming);
    return head === undefined ? refuseHead() : refuseForeign(head, vars, serverPages.gate);
  };
  const server = await serve(
    async (incoming, outgoing) => {
      const refusal = refuse(incoming);
      if (refusal !== undefined) return outgoing.writeHead(refusal.status).end(await refusal.text());
      if (target === undefined)
        return outgoing.writeHead(503).end("The gate is starting, or it failed: see the output of entra-gate dev\n");
      await forward(incoming, outgoing, target);
    },
    port,
    (incoming, socket, first) => {
      const refusal = refuse(incoming);
      if (refusal === undefined && target !== undefined) return forwardUpgrade(incoming, socket, first, target);
      socket.end(`HTTP/1.1 ${refusal?.status ?? 503} Refused\r\nConnection: close\r\n\r\n`);
    },
  );
  vars.PORT = new URL(server.url).port;
  return {
    ...server,
    connect(chosen) {
      target = chosen;
    },
    disconnect() {
      target = undefined;
    },
  };
}

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): Promise<void> {
  const { method, url } = incoming;
  const headers = [...listFields(incoming).flat(), ...describeBody(incoming)];
  const outward = request({
    ...{ host: "127.0.0.1", port, method, path: url, headers },
    ...{ setHost: false, maxHeaderSize: headerBytes },
  });
  // A client that disconnects ends the request to the program.
  outgoing.once("close", () => outward.destroy());
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outward.once("response", resolve);
  outward.on("error", reject);
  incoming.pipe(outward);
  const answer = await answered;
  outgoing.sendDate = false;
  outgoing.writeHead(answer.statusCode!, answer.statusMessage, answer.rawHeaders);
  outgoing.flushHeaders();
  await pipeline(answer, outgoing);
}

/**
 * Returns the headers as they were sent, except those in which Wrangler tells its own workers the address of a request,
 * for example.
 */
function listFields({ rawHeaders }: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  const fields = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1]!] as const] : [],
  );
  return fields.filter(([name]) => !/^mf-/i.test(name));
}

/** Says that a request has no body. Without that, Node announces one of unknown length for these methods. */
function describeBody({ method = "", headers }: IncomingMessage): readonly string[] {
  const isDescribed = "content-length" in headers || "transfer-encoding" in headers;
  return isDescribed || !["POST", "PUT", "PATCH"].includes(method) ? [] : ["Content-Length", "0"];
}

/** Copies a WebSocket, and its handshake. */
function forwardUpgrade(incoming: IncomingMessage, socket: Duplex, first: Buffer, port: number): void {
  const { method, url } = incoming;
  const lines = listFields(incoming).map(([name, value]) => `${name}: ${value}\r\n`);
  const outward = connect(port, "127.0.0.1");
  outward.write(`${method} ${url} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  outward.write(first);
  outward.pipe(socket).pipe(outward);
  outward.on("error", () => socket.destroy());
  socket.on("error", () => outward.destroy());
  outward.on("close", () => socket.destroy());
  socket.on("close", () => outward.destroy());
}
