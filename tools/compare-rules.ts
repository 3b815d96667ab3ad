// Compares what rules of `entra-gate test` say with running workers, weakened policies and rewritten ones, all of them
// random: node tools/compare-rules.ts [--requests 100000] [--policies 10000] [--seed 1]
import { parseArgs } from "node:util";
import { compareChanges } from "./compare-rules/changes.ts";
import { compareWithWorkers } from "./compare-rules/workers.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    policies: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
  },
});
const [requests, policies, seed] = [values.requests, values.policies, values.seed].map(Number) as [
  number,
  number,
  number,
];
/** Enough to see what they have in common. */
const shownDifferences = 5;

const ofChanges = compareChanges(policies, seed);
const ofWorkers = await compareWithWorkers(requests, seed);
const differences = [...ofChanges.differences, ...ofWorkers.differences];
for (const difference of differences.slice(0, shownDifferences)) console.log(JSON.stringify(difference, null, 2));
console.log(JSON.stringify({ changes: ofChanges.counts, workers: ofWorkers.counts }, null, 2));
console.log(`${differences.length} differences from seed ${seed}`);
process.exitCode = differences.length === 0 ? 0 : 1;
