// Runs in Deno: the gates of a fleet in one process, each with its own module and port. It sends their requests to the
// fleet's world, because Deno has no other way to redirect the network of a process.
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as delay } from "node:timers/promises";

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
  readonly vars: Readonly<Record<string, unknown>>;
}

interface Deno {
  readonly env: { toObject(): Readonly<Record<string, unknown>> };
  readonly stdin: { readonly readable: ReadableStream };
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: unknown) => Promise<Response>,
  ): unknown;
}

interface Worker {
  readonly default: { fetch(request: Request, info: unknown): Promise<Response> };
}

const { Deno: deno } = globalThis as unknown as { Deno: Deno };
const { worldUrl, gates }: GateHostInput = JSON.parse(await new Response(deno.stdin.readable).text());
const askNetwork = globalThis.fetch;
/** The gate that handles a request. */
const current = new AsyncLocalStorage<HostedGate>();

deno.env.toObject = () => current.getStore()?.vars ?? {};

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  const headers = new Headers(request.headers);
  headers.set("fleet-gate", current.getStore()?.name ?? "");
  headers.set("fleet-url", request.url);
  const { method, body, signal } = request;
  return askNetwork(worldUrl, { method, headers, body, signal, redirect: "manual", duplex: "half" } as RequestInit);
};

async function host(gate: HostedGate): Promise<void> {
  // The fragment makes it a separate module, with its own state.
  const { default: worker }: Worker = await import(
    `data:text/javascript,${encodeURIComponent(gate.code)}#${gate.name}`
  );
  let vars = gate.vars;
  const onListen = ({ port }: { port: number }) => {
    const { GATE_URL: addresses } = gate.vars;
    if (typeof addresses === "string") vars = { ...vars, GATE_URL: addresses.replace("PORT", String(port)) };
    console.log(JSON.stringify({ listening: gate.name, port }));
  };
  deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, async (request, info) => {
    const cachedUrl = request.headers.get("fleet-cached");
    if (cachedUrl !== null) return waitForCached(cachedUrl);
    return current.run({ ...gate, vars }, () => worker.fetch(placeInZone(request), info));
  });
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
