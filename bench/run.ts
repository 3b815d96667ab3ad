// `npm run bench`: the gate and its peers in workerd, side by side, interleaved; medians, spread and ratios.
import os from "node:os";
import { parseArgs } from "node:util";
import { bundleWorker } from "../dev/bundle.ts";
import { api, tenants } from "../dev/entra/directory.ts";
import { startWorker } from "../dev/worker-process.ts";
import { type Contender, contenders } from "./contenders.ts";
import { applyLoad } from "./load.ts";
import { supplyTokens } from "./tokens.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, requests: { type: "string", default: "6000" } },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const warmUpRequests = 1_500;

const supply = await supplyTokens(requests, tenants.contoso.id);
const origin = await start("noop", {});
const vars = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_AUTHORITY: supply.entraUrl,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: origin.url,
  ISSUER: `${supply.entraUrl}/${tenants.contoso.id}/v2.0`,
  AUDIENCE: api.clientId,
  KEYS_URL: `${supply.entraUrl}/${tenants.contoso.id}/discovery/v2.0/keys`,
  KEYS: supply.keys,
};

const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round += 1) {
  for (const contender of contenders) samples.get(contender.name)?.push(await measure(contender));
}
print();
process.exit(0);

async function start(worker: string, bindings: Readonly<Record<string, string>>) {
  const { code } = await bundleWorker(`bench/workers/${worker}.ts`, { minify: true });
  return startWorker({ name: worker, port: 0, vars: bindings, code, onLog: () => {} });
}

/** Requests per second of one contender, in a workerd of its own, so that no round knows the tokens of the last. */
async function measure({ worker, path, tokens, status }: Contender): Promise<number> {
  const process = await start(worker, vars);
  try {
    const url = `${process.url}${path}`;
    await applyLoad({ url, credentials: supply.credentials["warm-up"], requests: warmUpRequests, status: 200 });
    return (await applyLoad({ url, credentials: supply.credentials[tokens], requests, status })).requestsPerSecond;
  } finally {
    await process.stop();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(): void {
  const [cpu] = os.cpus();
  console.log(`${os.cpus().length} × ${cpu?.model}, Node ${process.version}, load by autocannon`);
  console.log(`median of ${rounds} rounds of ${requests} requests, 16 connections; lowest to highest; ratio\n`);
  for (const { name, against } of contenders) {
    const values = samples.get(name) ?? [];
    const ratio = median(values) / median(samples.get(against) ?? []);
    const spread = `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))}`;
    console.log(
      `${name.padEnd(28)} ${String(Math.round(median(values))).padStart(7)}/s  ${spread.padEnd(18)} ${ratio.toFixed(2)} of ${against}`,
    );
  }
}
