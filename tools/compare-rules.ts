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
const seed = Number(values.seed);
/** Enough to see what they have in common. */
const shownDifferences = 5;

const comparisons = {
  changes: compareChanges(Number(values.policies), seed),
  workers: await compareWithWorkers(Number(values.requests), seed),
};
const differences = Object.values(comparisons).flatMap((comparison) => comparison.differences);
for (const difference of differences.slice(0, shownDifferences)) console.log(JSON.stringify(difference, null, 2));
const counts = Object.entries(comparisons).map(([name, comparison]) => [name, comparison.counts]);
console.log(JSON.stringify(Object.fromEntries(counts), null, 2));
console.log(`${differences.length} differences from seed ${seed}`);
process.exitCode = differences.length === 0 ? 0 : 1;
