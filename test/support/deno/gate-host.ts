// Runs in Deno or Node: the gates of a fleet in one process, each with its own module and port. It sends their requests
// to the fleet's world, because these runtimes have no other way to redirect the network of a process.
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { serve as serveOnNode } from "@hono/node-server";

/** The configuration on standard input, as JSON. */
export interface GateHostInput {
  /** Origin of the fleet's world. */
  readonly worldUrl: string;
  readonly gates: readonly HostedGate[];
}

export interface HostedGate {
  readonly name: string;
  /** A bundled worker. */
  readonly code: string;
  readonly vars: Vars;
}

type Vars = Readonly<Record<string, unknown>>;

interface Deno {
  readonly env: { toObject(): Vars };
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: unknown) => Promise<Response>,
  ): unknown;
}

interface Worker {
  readonly default: { fetch(request: Request, env: unknown, context?: unknown): Promise<Response> };
}

/** As in Deno. Node's own limit is 16 KiB. */
const headerBytes = 64 * 1024;

/** Answers a request with the facts that the runtime's server passes. */
type Handler = (request: Request, connection: unknown) => Promise<Response>;

const { Deno: deno } = globalThis as unknown as { Deno?: Deno };
const { worldUrl, gates }: GateHostInput = JSON.parse(await text(process.stdin));
const askNetwork = globalThis.fetch;
/** The gate that handles a request. */
const current = new AsyncLocalStorage<HostedGate>();

if (deno !== undefined) deno.env.toObject = () => current.getStore()?.vars ?? {};
else Object.defineProperty(process, "env", { get: () => current.getStore()?.vars ?? {} });

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  const headers = new Headers(request.headers);
  headers.set("fleet-gate", current.getStore()?.name ?? "");
  headers.set("fleet-url", request.url);
  const { method, body, signal } = request;
  return askNetwork(worldUrl, { method, headers, body, signal, redirect: "manual", duplex: "half" } as RequestInit);
};

/** Serves on any free port of 127.0.0.1. */
async function serve(handler: Handler, onListen: (address: { port: number }) => void): Promise<void> {
  if (deno !== undefined) deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, handler);
  else {
    const server = await import("@hono/node-server");
    const fetch: Parameters<typeof serveOnNode>[0]["fetch"] = (request, { incoming: { socket } }) =>
      handler(request, { remoteAddr: { hostname: socket.remoteAddress } });
    server.serve({ fetch, hostname: "127.0.0.1", port: 0, serverOptions: { maxHeaderSize: headerBytes } }, onListen);
  }
}

async function host(gate: HostedGate): Promise<void> {
  // The fragment makes it a separate module, with its own state.
  const { default: worker }: Worker = await import(
    `data:text/javascript,${encodeURIComponent(gate.code)}#${gate.name}`
  );
  let { vars } = gate;
  const onListen = ({ port }: { port: number }) => {
    const { GATE_URL: addresses } = gate.vars;
    if (typeof addresses === "string") vars = { ...vars, GATE_URL: addresses.replace("PORT", String(port)) };
    console.log(JSON.stringify({ listening: gate.name, port }));
  };
  const handler: Handler = async (request, connection) => {
    const cachedUrl = request.headers.get("fleet-cached");
    if (cachedUrl !== null) return waitForCached(cachedUrl);
    // Deno passes the connection in place of the environment.
    const passed: readonly [env: unknown, context?: unknown] = deno === undefined ? [vars, connection] : [connection];
    return current.run({ ...gate, vars }, () => worker.fetch(placeInZone(request), ...passed));
  };
  await serve(handler, onListen);
}

/** Responds when the gates' cache has an entry, or at once if there is no cache. */
async function waitForCached(url: string): Promise<Response> {
  const cache = "caches" in globalThis ? await caches.open("entra-gate") : undefined;
  while (cache !== undefined && (await cache.match(url)) === undefined) await delay(1);
  return new Response();
}

/** The request as a zone would pass it, if a test gives its URL. */
function placeInZone(request: Request): Request {
  const url = request.headers.get("fleet-zone-url");
  if (url === null) return request;
  const placed = new Request(url, request);
  placed.headers.delete("fleet-zone-url");
  return placed;
}

await Promise.all(gates.map(host));
