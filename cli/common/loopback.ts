import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./usage-error.ts";

/** A server on this machine. */
export interface LoopbackServer {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Key and certificate of a server of https, in PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Longer than the headers that a gate sends for an accepted token. */
export const headerBytes = 128 * 1024;
export const portMaximum = 65_535;
/** Codes of a machine without IPv6. */
const withoutIpv6 = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

type Listener = (...exchange: Parameters<RequestListener>) => unknown;

/** Takes over the connection of a request with `Upgrade`. */
type UpgradeListener = (incoming: IncomingMessage, socket: Duplex, first: Buffer) => unknown;

/**
 * Starts a server on 127.0.0.1.
 *
 * @param listener answers a request; if it fails, the connection ends
 * @param port any free one if it is 0
 * @param onUpgrade without it, a request with `Upgrade` is like any other
 * @throws PortTakenError
 */
export async function serve(listener: Listener, port = 0, onUpgrade?: UpgradeListener): Promise<LoopbackServer> {
  const server = createListener(listener);
  const upgraded = new Set<Duplex>();
  if (onUpgrade !== undefined) {
    server.on("upgrade", (incoming, socket, first) => {
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
      onUpgrade(incoming, socket, first);
    });
  }
  await listen(server, port, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    async stop() {
      for (const socket of upgraded) socket.destroy();
      await close(server);
    },
  };
}

/**
 * Starts a server of https at `localhost`, which clients reach at either of its addresses: 127.0.0.1, and ::1 if the
 * machine has it.
 *
 * @param port any free one if it is 0
 * @throws PortTakenError
 */
async function serveSecurely(listener: Listener, tls: TlsIdentity, port: number): Promise<LoopbackServer> {
  const server = await listen(createListener(listener, tls), port, "127.0.0.1");
  const chosen = portOf(server);
  const second = await listen(createListener(listener, tls), chosen, "::1").catch(async (error) => {
    if (withoutIpv6.includes(error.code)) return undefined;
    await close(server);
    if (port !== 0 || !(error instanceof PortTakenError)) throw error;
    return "taken" as const;
  });
  if (second === "taken") return serveSecurely(listener, tls, port);
  return {
    url: `https://localhost:${chosen}`,
    async stop() {
      await Promise.all([close(server), second && close(second)]);
    },
  };
}

function createListener(listener: Listener, tls?: TlsIdentity): Server {
  const answer: RequestListener = async (incoming, outgoing) => {
    try {
      await listener(incoming, outgoing);
    } catch {
      outgoing.destroy();
    }
  };
  const options = { maxHeaderSize: headerBytes };
  return tls === undefined ? createServer(options, answer) : createSecureServer({ ...options, ...tls }, answer);
}

async function listen(server: Server, port: number, host: string): Promise<Server> {
  // A server that closes an idle connection can do so while the next request is on its way. That request then fails.
  server.keepAliveTimeout = 0;
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new PortTakenError(port) : error;
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/**
 * Starts a server that answers requests with a function from request to response, such as that of the local Entra.
 *
 * @param port any free one if it is 0
 * @param tls serves https at `localhost`; without it, http at 127.0.0.1
 * @throws PortTakenError
 */
export function serveFetch(
  fetch: (request: Request) => Response | Promise<Response>,
  port = 0,
  tls?: TlsIdentity,
): Promise<LoopbackServer> {
  const scheme = tls === undefined ? "http" : "https";
  const listener: Listener = async (incoming, outgoing) => {
    const head = readHead(incoming, scheme);
    const response = head === undefined ? refuseHead() : await fetch(createRequest(incoming, head));
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    await pipeline((response.body ?? []) as AsyncIterable<Uint8Array>, outgoing);
  };
  return tls === undefined ? serve(listener, port) : serveSecurely(listener, tls, port);
}

/** Address and headers of a request. */
export type RequestHead = Pick<Request, "url" | "headers">;

/** A host with or without a port, as browsers send it: nothing that a URL would read as a user name or a path. */
const hostHeader = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i;

/**
 * Reads address and headers of a request.
 *
 * @returns `undefined` if they make no address: no `Host` or several, or a target that is no path
 */
export function readHead(incoming: IncomingMessage, scheme: "http" | "https" = "http"): RequestHead | undefined {
  const [host = "", ...others] = incoming.headersDistinct.host ?? [];
  const url = `${scheme}://${host}${incoming.url}`;
  if (others.length > 0 || !hostHeader.test(host) || !incoming.url?.startsWith("/") || !URL.canParse(url))
    return undefined;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return { url, headers };
}

/** The answer to a request without an address. */
export function refuseHead(): Response {
  return new Response("The request must have one Host header, and a path as its target\n", { status: 400 });
}

function createRequest(incoming: IncomingMessage, { url, headers }: RequestHead): Request {
  const { method = "GET" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers,
    ...(hasBody && { body: Readable.toWeb(incoming) as BodyInit, duplex: "half" }),
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
 * Starts a server on a port, or on the next one that is free.
 *
 * @param port the first that is tried; 0 for any free port
 * @param start throws PortTakenError if the port is taken
 */
export async function startOnNextPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (!(error instanceof PortTakenError) || port === 0 || port >= portMaximum) throw error;
    return startOnNextPort(port + 1, start);
  }
}

/**
 * Finds a free port for another process, which can still lose it to a third one.
 *
 * @param port the first that is tried; 0 for any
 */
export async function findPort(port: number): Promise<number> {
  const server = await startOnNextPort(port, (each) => serve(() => {}, each));
  await server.stop();
  return Number(new URL(server.url).port);
}

/**
 * Reads the option `--port`.
 *
 * @param count of ports that the command uses, from this one on
 * @returns 0 for any free port
 * @throws UsageError if it is not a port, or the ports after it do not exist
 */
export function readPort(text: string, count = 1): number {
  const port = Number(text);
  const last = portMaximum - count + 1;
  if (/^\d+$/.test(text) && port <= last) return port;
  throw new UsageError(`--port ${text} must be a port from 1 to ${last}, or 0 for any free port`);
}
