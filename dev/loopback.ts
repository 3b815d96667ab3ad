import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on 127.0.0.1. */
export interface LoopbackServer {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** More than a gate sends of a token that it accepts. */
const headerBytes = 128 * 1024;

/**
 * Serves on any free port of 127.0.0.1.
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
  // A server that closes an idle connection may meet the next request on its way, which then fails.
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

/** Serves GET requests by a function that takes a request and returns a response, as the local Entra has one. */
export function serveFetch(fetch: (request: Request) => Promise<Response>): Promise<LoopbackServer> {
  return serve(async (incoming, outgoing) => {
    const response = await fetch(new Request(`http://${incoming.headers.host}${incoming.url}`));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function findFreePort(): Promise<number> {
  const { url, stop } = await serve(() => {});
  await stop();
  return Number(new URL(url).port);
}
