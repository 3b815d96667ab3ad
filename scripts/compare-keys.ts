// What becomes of requests in rollovers, outages and floods: the gate and its peers, each as a worker in workerd beside a
// local Entra: node scripts/compare-keys.ts [--runs 3] [--only TEXT]
import os from "node:os";
import { parseArgs } from "node:util";
import { type Contender, contenders, situations } from "./compare-keys/situations.ts";
import { startTrial } from "./compare-keys/trial.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "3" }, only: { type: "string", default: "" } },
});
const runs = Number(values.runs);

/** One situation, once for each run, each in new processes; outcomes that differ stand side by side. */
async function observe(contender: Contender, situation: (typeof situations)[number]): Promise<string> {
  const outcomes = new Set<string>();
  for (let run = 1; run <= runs; run += 1) {
    const trial = await startTrial(contender);
    try {
      outcomes.add(await situation.observe(trial));
    } finally {
      await trial.stop();
    }
  }
  return [...outcomes].join(" or ");
}

const [cpu] = os.cpus();
console.log(`${os.cpus().length} × ${cpu?.model}, Node ${process.version}, workerd; ${runs} runs each\n`);
console.log(`| situation | ${contenders.join(" | ")} |`);
console.log(`|---|${"---|".repeat(contenders.length)}`);
for (const situation of situations.filter(({ name }) => name.includes(values.only))) {
  const cells: string[] = [];
  for (const contender of contenders) cells.push(await observe(contender, situation));
  console.log(`| ${situation.name} | ${cells.join(" | ")} |`);
}
