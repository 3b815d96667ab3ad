// Compares the gate with the reference model over many tokens, in workerd: node tools/compare-model.ts [--cases 100000]
// [--seed 1]
import { parseArgs } from "node:util";
import { bundleWorker } from "../test/support/bundle.ts";
import { startWorker } from "../test/support/worker-process.ts";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
/** Each batch has its own keys and requirements. */
const batchCases = 5_000;
type Tally = Record<string, number>;
const totals: Record<"verdicts" | "allowed" | "settings" | "reasons", Tally> = {
  verdicts: {},
  allowed: {},
  settings: {},
  reasons: {},
};

const { code } = await bundleWorker("test/model/worker.ts");
const worker = await startWorker({ name: "model", code, port: 0, vars: {} });
let cases = 0;
try {
  for (let seed = Number(values.seed); cases < Number(values.cases); seed += 1) {
    const response = await fetch(`${worker.url}/?seed=${seed}&cases=${batchCases}`);
    if (!response.ok) throw new Error(await response.text());
    const report = (await response.json()) as typeof totals;
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) add(totals[name], report[name]);
    cases += batchCases;
  }
} finally {
  await worker.stop();
}
console.log(`${cases} cases from seed ${values.seed}, no difference\n${JSON.stringify(totals, null, 2)}`);

function add(total: Tally, more: Tally): void {
  for (const [name, number] of Object.entries(more)) total[name] = (total[name] ?? 0) + number;
}
