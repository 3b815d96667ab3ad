// `npm run bench`: the gate and its peers in raw workerd, side by side, interleaved; medians, spread and ratios.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { drawChart } from "./chart.ts";
import { type Contender, contenders } from "./contenders.ts";
import { type Load, tool } from "./load.ts";
import { createPeerVars } from "./peer-vars.ts";
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
const supply = await supplyTokens(countOf(warmUpSeconds), countOf(seconds));
const origin = await startRawWorker("bench/workers/noop.ts", {});
const vars = { ...createPeerVars(supply.entraUrl, origin.url), KEYS: supply.keys };

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
