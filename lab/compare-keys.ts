// Shows how the gate and its peers answer during rollovers, outages and floods. Each runs as a worker in workerd with a
// local Entra: node lab/compare-keys.ts [--runs 3] [--only TEXT]
import os from "node:os";
import { parseArgs } from "node:util";
import { type Contender, contenders, situations } from "./compare-keys/situations.ts";
import { startTrial } from "./compare-keys/trial.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "3" }, only: { type: "string", default: "" } },
});
const runs = Number(values.runs);

/** Runs one situation once for each run, in new processes. Outcomes that differ are listed together. */
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
