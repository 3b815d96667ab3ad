import type { Miniflare, V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import { bundleWorkerOnce } from "./bundle.ts";
import type { HostedGate } from "./deno/gate-host.ts";
import { addressesElsewhere, baseVars, forwardingEntry, type GateDefinition } from "./gates.ts";
import { bundleLocalEntra } from "./local-entra.ts";
import type { OwnKey } from "./own-key.ts";

export const worldName = "world";
const runtime = { compatibilityDate: "2026-10-12", compatibilityFlags: ["nodejs_compat"] };
const socket = { host: "127.0.0.1", port: 0 };

/** The workers in Miniflare: the world, the local Entra, the origin and the gates. */
export async function createWorkers(
  definitions: Readonly<Record<string, GateDefinition>>,
  own: OwnKey,
  fetchDocument: (request: Request) => Promise<Response>,
): Promise<V4WorkerOptions[]> {
  const createWorker = async (name: string, entry: string, parts?: WorkerParts) =>
    describeWorker(name, await bundleWorkerOnce(entry), parts);
  const localEntra = await bundleLocalEntra();
  return Promise.all([
    createWorker(worldName, "test/support/world.ts", {
      bindings: { OWN_KEY: own.jwk },
      serviceBindings: { ENTRA: "entra", ORIGIN: "origin" },
    }),
    describeWorker("entra", localEntra.code, {
      bindings: { ...localEntra.vars, ANY_HOST: "true" },
      // The documents of issuers, which are gates.
      outboundService: fetchDocument as never,
    }),
    createWorker("origin", "cli/dev/origin/worker.ts", { bindings: { ANY_HOST: "true" } }),
    ...Object.entries(definitions).map(([name, { entry = forwardingEntry, vars, kv = {}, stored = {}, perMinute }]) =>
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

function describeWorker(name: string, code: string, parts: WorkerParts = {}): V4WorkerOptions {
  const modules = [{ type: "ESModule" as const, path: "worker.js", contents: code }];
  return { ...runtime, name, modules, unsafeDirectSockets: [socket], ...parts };
}

type WorkerParts = Pick<
  V4WorkerOptionsShape,
  "ratelimits" | "bindings" | "serviceBindings" | "outboundService" | "kvNamespaces" | "secretsStoreSecrets"
>;

/** Fills the Secrets Stores of the gates. */
export async function storeSecrets(
  miniflare: Miniflare,
  definitions: Readonly<Record<string, GateDefinition>>,
): Promise<void> {
  for (const [gate, { stored = {} }] of Object.entries(definitions)) {
    for (const [binding, text] of Object.entries(stored)) {
      await (await miniflare.getSecretsStoreSecretAPI(binding, gate))().create(text);
    }
  }
}

/** Variables without the removed ones. */
export function listBindings(vars: Readonly<Record<string, unknown>>): NonNullable<WorkerParts["bindings"]> {
  return Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined)) as never;
}

/** The gates for Deno and Node. */
export function bundleGates(definitions: Readonly<Record<string, GateDefinition>>): Promise<readonly HostedGate[]> {
  return Promise.all(
    Object.entries(definitions).map(async ([name, { entry = forwardingEntry, vars }]) => {
      const code = await bundleWorkerOnce(entry);
      return { name, code, vars: listBindings({ ...baseVars, GATE_URL: addressesElsewhere, ...vars }) };
    }),
  );
}
