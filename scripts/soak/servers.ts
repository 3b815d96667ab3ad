import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Entra } from "../../dev/entra/entra.ts";

export interface RunningServer {
  readonly url: string;
  stop(): void;
}

/** Longer than the gate under test waits for its origin. */
const tooSlowMs = 9_000;
const bigBytes = 512 * 1024;

/** An origin that says what it was asked, and fails as its path says. */
export function serveOrigin(): Promise<RunningServer> {
  return serve(async (incoming, outgoing) => {
    switch (incoming.url?.split("?")[0]) {
      case "/slow":
        await delay(Number(new URL(incoming.url, "http://origin").searchParams.get("ms")));
        return echo(incoming, outgoing);
      case "/too-slow":
        await delay(tooSlowMs);
        return echo(incoming, outgoing);
      case "/dies-at-once":
        return incoming.socket.destroy();
      case "/dies-later":
        outgoing.writeHead(200, { "content-length": bigBytes }).write(Buffer.alloc(bigBytes / 2, "x"));
        await delay(5);
        return incoming.socket.destroy();
      case "/big":
        return outgoing.end(Buffer.alloc(bigBytes, "x"));
      default:
        return echo(incoming, outgoing);
    }
  });
}

async function echo(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { length } = await buffer(incoming);
  const { "x-soak-id": id, "x-ms-client-principal-id": principal } = incoming.headers;
  outgoing.setHeader("content-type", "application/json").end(JSON.stringify({ id, principal, bytes: length }));
}

/** The local Entra, on a server of its own. */
export function serveEntra(entra: Entra): Promise<RunningServer> {
  return serve(async (incoming, outgoing) => {
    const response = await entra.fetch(new Request(`http://${incoming.headers.host}${incoming.url}`));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
}

async function serve(
  listener: (...parameters: Parameters<RequestListener>) => Promise<unknown>,
): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    // A client that went away: there is nobody to tell.
    listener(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // An idle connection that the server closes meets the next request on its way: 502, and rightly.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
