import { setTimeout as delay } from "node:timers/promises";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions, type V4WorkerOptionsShape } from "miniflare";
import { type Bundle, bundleWorker } from "../../dev/bundle.ts";
import { type DenoGates, startDenoGates } from "./deno/fleet-gates.ts";
import { createForge, type Forge } from "./forge.ts";
import { gateRuntime } from "./gate-runtime.ts";
import { baseVars, type GateDefinition, type GateName, gates, publicCloud } from "./gates.ts";
import { type HttpAnswer, type HttpRequest, sendBytes, sendRequest } from "./http.ts";
import { createOwnKey, type OwnKey } from "./own-key.ts";

export type LogLine = Readonly<Record<string, unknown>>;

/** What the gates have asked of the world so far. */
export interface Ledger {
  readonly calls: readonly {
    readonly gate: string;
    readonly method: string;
    readonly url: string;
    readonly to: "authority" | "graph" | "origin" | "nowhere";
  }[];
  readonly origin: {
    readonly count: number;
    readonly last: { readonly url: string; readonly headers: Readonly<Record<string, string>> } | null;
  };
}

/** Several gates in one workerd, between a local Entra and a sample origin. */
export interface Fleet<Name extends string = GateName> {
  /** Over loopback, where plain http is trusted. */
  send(gate: Name, request: HttpRequest): Promise<HttpAnswer>;
  /** The same, byte for byte; gives back all bytes of the answers. */
  sendBytes(gate: Name, text: string): Promise<string>;
  /** As a zone would: under its own host name and scheme. */
  sendToZone(gate: Name, url: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Tokens as the gate's authority issues them. */
  forge(gate: Name): Promise<Forge>;
  /** Requests to Entra's endpoints, as the local Entra counted them. */
  countsOfEntra(): Promise<{ readonly total: Readonly<Record<"discovery" | "keys", number>> }>;
  ledger(): Promise<Ledger>;
  /** What the authorities answer to a URL; not in the ledger. */
  askAuthority(url: string): Promise<HttpAnswer>;
  /** How a gate was defined. */
  definitionOf(gate: Name): GateDefinition;
  /** Posts JSON to the local Entra, or to its powers under `/local/`. */
  tellEntra(path: string, body: object): Promise<string>;
  /** Everything that is in a gate's KV namespace. */
  readKv(gate: Name, binding: string): Promise<Readonly<Record<string, string | null>>>;
  /** Every line of the gates' log so far. */
  readonly lines: readonly LogLine[];
  /** The line that a refusal's `instance` names. */
  lineOf(instance: string): Promise<LogLine>;
  /** Throws where a gate printed what is no line of its log. */
  stop(): Promise<void>;
}

/** What the tests use of a KV namespace. */
interface Namespace {
  list(): Promise<{ readonly keys: readonly { readonly name: string }[] }>;
  get(name: string): Promise<string | null>;
}

const worldName = "world";
const runtime = { compatibilityDate: "2026-11-09", compatibilityFlags: ["nodejs_compat"] };
const socket = { host: "127.0.0.1", port: 0 };
const lineDeadlineMs = 15_000;

/** Starts some of the gates in `gates.ts`. */
export function startFleet(...names: readonly GateName[]): Promise<Fleet> {
  return startFleetOf(Object.fromEntries(names.map((name) => [name, gates[name]])) as Record<GateName, GateDefinition>);
}

/** Starts gates of any definition. */
export async function startFleetOf<Name extends string>(
  definitions: Readonly<Record<Name, GateDefinition>>,
): Promise<Fleet<Name>> {
  const own = createOwnKey();
  const lines: LogLine[] = [];
  const noise: string[] = [];
  const note = (message: string) => {
    const line = parseLine(message);
    if (line === undefined) noise.push(message);
    else lines.push(line);
  };
  const inWorkerd = gateRuntime === "workerd";
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: socket.host,
      cf: false,
      logRequests: false,
      handleStructuredLogs: ({ message }) => note(message),
      workers: await createWorkers(inWorkerd ? definitions : {}, own),
    }),
  );
  await storeSecrets(miniflare, definitions);
  const origins = new Map<string, string>();
  for (const name of [worldName, "entra", ...(inWorkerd ? Object.keys(definitions) : [])]) {
    origins.set(name, (await miniflare.unsafeGetDirectURL(name)).origin);
  }
  const deno = inWorkerd ? undefined : await startInDeno(definitions, origins.get(worldName)!, note);
  for (const [name, origin] of deno?.origins ?? []) origins.set(name, origin);
  const forges = new Map<string, Promise<Forge>>();
  const ask = (name: string, request: HttpRequest) => sendRequest(origins.get(name)!, request);

  return {
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
    askAuthority: (url) => ask(worldName, { headers: [["X-Authority-Url", url]] }),
    definitionOf: (gate) => definitions[gate],
    async lineOf(instance) {
      const id = instance.replace(/^urn:uuid:/, "");
      for (const deadlineMs = Date.now() + lineDeadlineMs; Date.now() < deadlineMs; await delay(1)) {
        const line = lines.find((candidate) => candidate.id === id);
        if (line !== undefined) return line;
      }
      throw new Error(`no line of the log names ${instance}`);
    },
    async stop() {
      await Promise.all([miniflare.dispose(), deno?.stop()]);
      if (noise.length > 0) throw new Error(`printed beside the log:\n${noise.join("\n")}`);
    },
  };
}

async function startInDeno(
  definitions: Readonly<Record<string, GateDefinition>>,
  worldUrl: string,
  onLine: (line: string) => void,
): Promise<DenoGates> {
  const gates = Object.entries(definitions).map(async ([name, { entry = "src/worker.ts", vars }]) => {
    const { code } = await bundleWorker(entry);
    return { name, code, vars: listBindings({ ...baseVars, ...vars }) };
  });
  return startDenoGates({ worldUrl, gates: await Promise.all(gates) }, onLine);
}

async function createWorkers(
  definitions: Readonly<Record<string, GateDefinition>>,
  own: OwnKey,
): Promise<V4WorkerOptions[]> {
  const bundles = new Map<string, Promise<Bundle>>();
  const createWorker = async (name: string, entry: string, parts: WorkerParts = {}): Promise<V4WorkerOptions> => {
    const bundle = bundles.get(entry) ?? bundleWorker(entry);
    bundles.set(entry, bundle);
    const modules = [{ type: "ESModule" as const, path: "worker.js", contents: (await bundle).code }];
    return { ...runtime, name, modules, unsafeDirectSockets: [socket], ...parts };
  };
  return Promise.all([
    createWorker(worldName, "test/support/world.ts", {
      bindings: { OWN_KEY: own.jwk },
      serviceBindings: { ENTRA: "entra", ORIGIN: "origin" },
    }),
    createWorker("entra", "dev/entra/worker.ts"),
    createWorker("origin", "dev/origin/worker.ts"),
    ...Object.entries(definitions).map(([name, { entry = "src/worker.ts", vars, kv = {}, stored = {}, perMinute }]) =>
      createWorker(name, entry, {
        ...(perMinute !== undefined && {
          ratelimits: { RATE_LIMITER: { namespace_id: "1", simple: { limit: perMinute, period: 60 } } },
        }),
        bindings: listBindings({ ...baseVars, ...vars }),
        kvNamespaces: { ...kv },
        secretsStoreSecrets: Object.fromEntries(
          Object.keys(stored).map((binding) => [binding, { store_id: name, secret_name: binding }]),
        ),
        outboundService: { name: worldName, props: { gate: name } },
      }),
    ),
  ]);
}

type WorkerParts = Pick<
  V4WorkerOptionsShape,
  "ratelimits" | "bindings" | "serviceBindings" | "outboundService" | "kvNamespaces" | "secretsStoreSecrets"
>;

async function storeSecrets(
  miniflare: Miniflare,
  definitions: Readonly<Record<string, GateDefinition>>,
): Promise<void> {
  for (const [gate, { stored = {} }] of Object.entries(definitions)) {
    for (const [binding, text] of Object.entries(stored)) {
      await (await miniflare.getSecretsStoreSecretAPI(binding, gate))().create(text);
    }
  }
}

function listBindings(vars: Readonly<Record<string, unknown>>): NonNullable<WorkerParts["bindings"]> {
  return Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined)) as never;
}

function parseLine(message: string): LogLine | undefined {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
