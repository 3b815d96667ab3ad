import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on 127.0.0.1. */
export interface LoopbackServer {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Longer than the headers that a gate sends for an accepted token. */
const headerBytes = 128 * 1024;

/**
 * Starts a server on any free port of 127.0.0.1.
 *
 * @param listener answers a request; if it fails, the connection ends
 */
export async function serve(listener: (...exchange: Parameters<RequestListener>) => unknown): Promise<LoopbackServer> {
  const server = createServer({ maxHeaderSize: headerBytes }, async (incoming, outgoing) => {
    try {
      await listener(incoming, outgoing);
    } catch {
      outgoing.destroy();
    }
  });
  // A server that closes an idle connection can do so while the next request is on its way. That request then fails.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Starts a server that answers GET requests with a function from request to response, such as that of the local Entra.
 */
export function serveFetch(fetch: (request: Request) => Promise<Response>): Promise<LoopbackServer> {
  return serve(async (incoming, outgoing) => {
    const response = await fetch(new Request(`http://${incoming.headers.host}${incoming.url}`));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
}

/** A server cannot listen, because another process has its port. */
export class PortTakenError extends Error {
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is taken`);
    this.port = port;
  }
}

/**
 * Starts a server whose configuration names its own port, on any free port of 127.0.0.1. Another process can take the port
 * before the server listens. Then the server starts on another one.
 *
 * @param start throws PortTakenError if the port is taken
 */
export async function startOnFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (;;) {
    const port = await findFreePort();
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof PortTakenError) || error.port !== port) throw error;
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
