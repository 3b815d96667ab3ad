// `npm run bench`: the gate and its peers in raw workerd, side by side, interleaved; medians, spread and ratios.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { api, tenants } from "../dev/entra/directory.ts";
import { drawChart } from "./chart.ts";
import { type Contender, contenders } from "./contenders.ts";
import { type Load, tool } from "./load.ts";
import { createReport, describeReport } from "./report.ts";
import { type Sample, takeSample } from "./sample.ts";
import { type Credentials, supplyTokens } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "1" },
    only: { type: "string", default: "." },
    out: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** An isolate lives for minutes at least: what is measured is compiled code. */
const warmUpSeconds = 2;
/** No worker here verifies more signatures in a second. */
const newTokensPerSecond = 14_000;

const chosen = contenders.filter(({ name }) => new RegExp(values.only).test(name));
const named = contenders.filter(({ name }) => chosen.some((one) => one.name === name || one.against === name));
const needsMany = named.some(({ tokens }) => tokens === "new" || tokens === "bad-signature");
const countOf = (duration: number) => (needsMany ? Math.ceil(newTokensPerSecond * duration) : 1);
const supply = await supplyTokens(countOf(warmUpSeconds), countOf(seconds), tenants.contoso.id);
const origin = await startRawWorker("bench/workers/noop.ts", {});
const issuer = `${supply.entraUrl}/${tenants.contoso.id}/v2.0`;
const vars = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_AUTHORITY: supply.entraUrl,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: origin.url,
  ISSUER: issuer,
  AUDIENCE: api.clientId,
  KEYS_URL: `${supply.entraUrl}/${tenants.contoso.id}/discovery/v2.0/keys`,
  KEYS: supply.keys,
};

const samples = new Map<string, Sample[]>(named.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round += 1) {
  for (const contender of named) samples.get(contender.name)?.push(await measure(contender));
}
await origin.stop();
const report = createReport(named, samples, { tool, seconds });
console.log(describeReport(report));
if (values.out !== undefined) {
  await mkdir(values.out, { recursive: true });
  await writeFile(path.join(values.out, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(path.join(values.out, "bench.svg"), drawChart(report));
}
process.exit(0);

function measure({ worker, path: target, tokens, status }: Contender): Promise<Sample> {
  const loadOf = (credentials: Credentials, duration: number): Load => ({
    path: target,
    credentials: credentials[tokens],
    seconds: duration,
    status,
    once: tokens === "new",
  });
  return takeSample(worker, vars, loadOf(supply.warmUp, warmUpSeconds), loadOf(supply.measured, seconds));
}
