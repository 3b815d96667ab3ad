import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { bundleWorkerOnce } from "../../support/bundle.ts";
import { waitForMinute } from "../../support/clock-minute.ts";
import { addToProduction, readNeeded, readOptional } from "../../support/docs/deployment.ts";
import { bundleLocalEntra } from "../../support/local-entra.ts";
import { startWorker, type WorkerProcess } from "../../support/worker-process.ts";

// Wrangler reads the settings of docs/how-to/deploy.md, and workerd runs them.
const root = path.resolve(import.meta.dirname, "../../..");
const base = { compatibilityDate: "2026-10-12", compatibilityFlags: ["nodejs_compat"] };
const socket = { host: "127.0.0.1", port: 0 };
let directory: string;
let entra: WorkerProcess;
let miniflare: Miniflare;
let gateUrl: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-bindings-"));
  entra = await startWorker({ name: "entra", port: 0, ...(await bundleLocalEntra()) });
  const createWorker = async (name: string, entry: string, more: Partial<V4WorkerOptions> = {}) =>
    ({
      ...base,
      ...more,
      name,
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundleWorkerOnce(entry) }],
      unsafeDirectSockets: [socket],
    }) as V4WorkerOptions;
  const { bindings, kvNamespaces, analyticsEngineDatasets, secretsStoreSecrets, durableObjects, ratelimits, ...rest } =
    (await readOptions()) as V4WorkerOptions & Record<string, object>;
  const workers = [
    await createWorker("gate", "test/gates/bindings.ts", {
      bindings: {
        ...(bindings as object),
        ENTRA_TENANT_ID: tenants.contoso.id,
        ENTRA_API_AUDIENCE: api.clientId,
        ENTRA_AUTHORITY: entra.url,
      },
      kvNamespaces,
      analyticsEngineDatasets,
      secretsStoreSecrets,
      durableObjects,
      ratelimits,
      serviceBindings: rest.serviceBindings,
    } as Partial<V4WorkerOptions>),
    await createWorker("orders-api", "cli/dev/origin/worker.ts"),
  ];
  miniflare = new Miniflare(
    convertV4MiniflareOptions({ host: socket.host, cf: false, logRequests: false, handleStructuredLogs() {}, workers }),
  );
  gateUrl = (await miniflare.unsafeGetDirectURL("gate")).origin;
});

afterAll(async () => {
  await miniflare.dispose();
  await entra.stop();
  await rm(directory, { recursive: true });
});

/** Production, with every optional binding of docs/how-to/deploy.md, and the client ID that credentials require. */
async function readOptions(): Promise<object> {
  const bindings = readOptional().map(({ vars, secrets, ...others }) => others);
  const client = { vars: { ENTRA_CLIENT_ID: api.clientId } };
  const settings = { ...addToProduction(readNeeded(), client, ...bindings), main: path.join(root, "src/worker.ts") };
  const file = path.join(directory, "wrangler.json");
  await writeFile(file, JSON.stringify(settings));
  return unstable_getMiniflareWorkerOptions(file, "production").workerOptions;
}

const ask = (target: string, headers = {}) => fetch(`${gateUrl}${target}`, { headers });

describe("an optional binding of docs/how-to/deploy.md", () => {
  it("ORIGIN: another worker gets the allowed requests", async () => {
    expect((await ask("/orders")).status).toBe(401);
    const token = await (await fetch(`${entra.url}/local/token?persona=member`)).text();
    const response = await ask("/orders", { authorization: `Bearer ${token}` });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("/orders");
  });

  it("RATE_LIMITER: counts with the numbers of the page, 100", async () => {
    await waitForMinute();
    const statuses = await Promise.all(Array.from({ length: 110 }, async () => (await ask("/rate-limiter")).status));
    // The route's own limit would be 3.
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  });

  it("GLOBAL_LIMITER: counts in a Durable Object", async () => {
    const statuses = [await ask("/global"), await ask("/global"), await ask("/global")].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it("TOKEN_CACHE: stores", async () => {
    expect(await (await ask("/token-cache")).json()).toEqual({ text: "value" });
  });

  it("DECISIONS: accepts data points, which only Cloudflare stores", async () => {
    expect((await ask("/decisions")).status).toBe(200);
  });

  it("Secrets Store: has the secret", async () => {
    const store = await miniflare.getSecretsStoreSecretAPI("ENTRA_CLIENT_SECRET", "gate");
    await store().create("the-secret");
    expect(await (await ask("/secrets-store")).json()).toEqual({ text: "the-secret" });
  });
});
