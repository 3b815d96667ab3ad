// Simulates key rollovers, outages and floods: node lab/simulate-keys.ts [--seeds 10000] [--from 1]
import { parseArgs } from "node:util";
import { simulateKeys } from "../test/support/key-simulation.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "10000" }, from: { type: "string", default: "1" } },
});
const from = Number(values.from);
const totals = { requests: 0, found: 0, refused: 0, cancelled: 0, fetches: 0 };
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const report = await simulateKeys(seed);
  for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += report[name];
}
console.log(`${values.seeds} seeds from ${from}: ${JSON.stringify(totals)}`);
