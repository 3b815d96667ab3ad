import { setTimeout as delay } from "node:timers/promises";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { startHostedGates } from "./deno/fleet-gates.ts";
import { bundleGates, createWorkers, storeSecrets, worldName } from "./fleet-workers.ts";
import { createForge, type Forge } from "./forge.ts";
import { gateRuntime } from "./gate-runtime.ts";
import { type GateDefinition, type GateName, gates, publicCloud } from "./gates.ts";
import { type HeaderField, type HttpAnswer, type HttpRequest, sendBytes, sendRequest } from "./http.ts";
import { createOwnKey } from "./own-key.ts";
import { describeVariation } from "./variation.ts";

export type LogLine = Readonly<Record<string, unknown>>;

/** The gates' requests to the world so far. */
export interface Ledger {
  readonly calls: readonly {
    readonly gate: string;
    readonly method: string;
    readonly url: string;
    readonly to: "authority" | "graph" | "origin" | "list" | "nowhere";
  }[];
  readonly origin: {
    readonly count: number;
    readonly last: { readonly url: string; readonly headers: Readonly<Record<string, string>> } | null;
  };
}

/** Several gates in one workerd, between a local Entra and a sample origin. */
export interface Fleet<Name extends string = GateName> {
  /** Sends a request over loopback, where plain http is allowed. */
  send(gate: Name, request: HttpRequest): Promise<HttpAnswer>;
  /** Sends bytes unchanged, and returns all bytes of the responses. */
  sendBytes(gate: Name, text: string): Promise<string>;
  /** Sends a request as a zone does, with its own host name and scheme. */
  sendToZone(gate: Name, url: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Creates tokens as the gate's authority issues them. */
  forge(gate: Name): Promise<Forge>;
  /** The local Entra's counts of requests to its endpoints. */
  countsOfEntra(): Promise<{ readonly total: Readonly<Record<"discovery" | "keys", number>> }>;
  ledger(): Promise<Ledger>;
  /** Sends a GET or a form to the authorities. The ledger does not include it. */
  askAuthority(url: string, form?: string): Promise<HttpAnswer>;
  /**
   * Fetches from the authorities. The body is a stream, which may never end. The ledger does not include the request.
   */
  fetchFromAuthority: typeof fetch;
  /** The definition of a gate. */
  definitionOf(gate: Name): GateDefinition;
  /** Posts JSON to the local Entra, for example under `/local/`. */
  tellEntra(path: string, body: object): Promise<string>;
  /** All entries of a gate's KV namespace. */
  readKv(gate: Name, binding: string): Promise<Readonly<Record<string, string | null>>>;
  /**
   * Waits until the cache of a gate has an entry, which is written after the response; returns at once without a Cache
   * API.
   */
  waitForCached(gate: Name, url: string): Promise<void>;
  /** Every line of the gates' log so far. */
  readonly lines: readonly LogLine[];
  /** The line that a refusal's `instance` names. */
  lineOf(instance: string): Promise<LogLine>;
  /** Runs a gate's cron trigger, only in workerd. @returns its outcome: `ok` if it did not throw */
  runSchedule(gate: Name): Promise<string>;
  /** The first matching line, now or later. */
  lineWhere(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Throws if a gate printed text that is not a log line. */
  stop(): Promise<void>;
}

/** The methods of a KV namespace that tests use. */
interface Namespace {
  list(): Promise<{ readonly keys: readonly { readonly name: string }[] }>;
  get(name: string): Promise<string | null>;
}

interface Scheduled {
  scheduled(options: { readonly cron: string }): Promise<{ readonly outcome: string }>;
}

const lineDeadlineMs = 60_000;

/** Starts some of the gates in `gates.ts`. */
export function startFleet(...names: readonly GateName[]): Promise<Fleet> {
  return startFleetOf(Object.fromEntries(names.map((name) => [name, gates[name]])) as Record<GateName, GateDefinition>);
}

/** One key for all fleets of this process: creating it takes longer than starting a gate. */
const own = createOwnKey();

/** Starts gates with any definition. */
export async function startFleetOf<Name extends string>(
  definitions: Readonly<Record<Name, GateDefinition>>,
): Promise<Fleet<Name>> {
  const inWorkerd = gateRuntime === "workerd";
  // Deno and Node pass no variables with a request.
  const started = inWorkerd ? mergeVaried(definitions) : definitions;
  const lines: LogLine[] = [];
  const noise: string[] = [];
  const note = (message: string) => {
    const line = parseLine(message);
    if (line === undefined) noise.push(message);
    else lines.push(line);
  };
  /** Asks the gate whose address a URL has, as Entra does for the documents of an issuer. */
  async function fetchDocument(url: string): Promise<Response> {
    const { origin } = new URL(url);
    const gate = Object.keys(definitions).find((name) => definitions[name as Name].vars?.GATE_ISSUER === origin);
    if (gate === undefined) return new Response("closed network", { status: 599 });
    const answer = await fleet.sendToZone(gate as Name, url);
    return new Response(answer.body, { status: answer.status, headers: [...answer.headers] as [string, string][] });
  }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      cf: false,
      logRequests: false,
      handleStructuredLogs: ({ message }) => note(message),
      workers: await createWorkers(inWorkerd ? started : {}, own, (request) => fetchDocument(request.url)),
    }),
  );
  if (inWorkerd) await storeSecrets(miniflare, started);
  const origins = new Map<string, string>();
  for (const name of [worldName, "entra", ...(inWorkerd ? Object.keys(started) : [])]) {
    origins.set(name, (await miniflare.unsafeGetDirectURL(name)).origin);
  }
  const hosted = inWorkerd
    ? undefined
    : await startHostedGates({ worldUrl: origins.get(worldName)!, gates: await bundleGates(started) }, note);
  for (const [name, origin] of hosted?.origins ?? []) origins.set(name, origin);
  const forges = new Map<string, Promise<Forge>>();
  const ask = (name: string, request: HttpRequest) => {
    const { varied, vars = {} } = definitions[name as Name] ?? {};
    if (varied === undefined || !inWorkerd) return sendRequest(origins.get(name)!, request);
    const headers = [...(request.headers ?? []), describeVariation(vars)];
    return sendRequest(origins.get(variedName)!, { ...request, headers });
  };

  const fleet: Fleet<Name> = {
    lines,
    send: ask,
    sendBytes: (gate, text) => sendBytes(origins.get(gate)!, text),
    async sendToZone(gate, url, headers = {}) {
      if (!inWorkerd) return ask(gate, { headers: [["Fleet-Zone-Url", url], ...Object.entries(headers)] });
      const worker = (await miniflare.getWorker(gate)) as unknown as { fetch: typeof fetch };
      const response = await worker.fetch(url, { headers, redirect: "manual" });
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    },
    forge(gate) {
      const { issuer = publicCloud } = definitions[gate];
      const forge = forges.get(issuer) ?? createForge((request) => ask("entra", request), issuer, own);
      forges.set(issuer, forge);
      return forge;
    },
    countsOfEntra: async () => JSON.parse((await ask("entra", { path: "/local/counts" })).body),
    async tellEntra(path, body) {
      const headers = [["Content-Type", "application/json"]] as const;
      const answer = await ask("entra", { method: "POST", path, headers, body: JSON.stringify(body) });
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
      return answer.body;
    },
    async readKv(gate, binding) {
      const namespace = (await miniflare.getKVNamespace(binding, gate)) as unknown as Namespace;
      const { keys } = await namespace.list();
      return Object.fromEntries(await Promise.all(keys.map(async ({ name }) => [name, await namespace.get(name)])));
    },
    ledger: async () => JSON.parse((await ask(worldName, {})).body),
    askAuthority(url, form) {
      const headers: readonly HeaderField[] = [["X-Authority-Url", url]];
      if (form === undefined) return ask(worldName, { headers });
      const type: HeaderField = ["Content-Type", "application/x-www-form-urlencoded"];
      return ask(worldName, { method: "POST", headers: [...headers, type], body: form });
    },
    fetchFromAuthority(input, init) {
      const headers = { "X-Authority-Url": new Request(input, init).url };
      return fetch(origins.get(worldName)!, { ...init, headers });
    },
    definitionOf: (gate) => definitions[gate],
    async runSchedule(gate) {
      const worker = (await miniflare.getWorker(gate)) as unknown as Scheduled;
      return (await worker.scheduled({ cron: "0 * * * *" })).outcome;
    },
    async waitForCached(gate, url) {
      if (!inWorkerd) return void (await ask(gate, { headers: [["Fleet-Cached", url]] }));
      const cache = await ((await miniflare.getCaches()) as unknown as CacheStorage).open("entra-gate");
      while ((await cache.match(url)) === undefined) await delay(1);
    },
    lineOf(instance) {
      const id = instance.replace(/^urn:uuid:/, "");
      return findLine(lines, (line) => line.id === id, instance);
    },
    lineWhere: (fits) => findLine(lines, fits, "the expected line"),
    async stop() {
      await Promise.all([miniflare.dispose(), hosted?.stop()]);
      if (noise.length > 0) throw new Error(`printed outside the log:\n${noise.join("\n")}`);
    },
  };
  return fleet;
}

const variedName = "varied";

/** The gates to start: one for all that differ only in their variables. */
function mergeVaried(definitions: Readonly<Record<string, GateDefinition>>): Readonly<Record<string, GateDefinition>> {
  const all = Object.entries(definitions);
  const own = all.filter(([, { varied }]) => varied === undefined);
  const isMerged = own.length < all.length;
  return Object.fromEntries([...own, ...(isMerged ? [[variedName, { entry: "test/gates/varied.ts" }] as const] : [])]);
}

async function findLine(lines: readonly LogLine[], fits: (line: LogLine) => boolean, what: string): Promise<LogLine> {
  for (const deadlineMs = Date.now() + lineDeadlineMs; Date.now() < deadlineMs; await delay(1)) {
    const line = lines.find(fits);
    if (line !== undefined) return line;
  }
  throw new Error(`no line of the log names ${what}`);
}

function parseLine(message: string): LogLine | undefined {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
