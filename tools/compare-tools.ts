// Compares what explain, test, diff and doctor say with what running workers do: gates, Apps that serve themselves,
// Hono and DaloyJS apps, and OpenAPI documents, all of them random: node tools/compare-tools.ts [--cases 100000]
// [--seed 1]
import { parseArgs } from "node:util";
import { compareTools } from "./compare-tools/compare.ts";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
/** Enough to see what they have in common. */
const shownDifferences = 5;

const comparison = await compareTools(Number(values.cases), Number(values.seed));
const { decisions, asked, outcomes, differences } = comparison;
for (const difference of differences.slice(0, shownDifferences)) console.log(JSON.stringify(difference, null, 2));
console.log(JSON.stringify({ asked, outcomes }, null, 2));
console.log(`${decisions} decisions from seed ${values.seed}, ${differences.length} differences`);
process.exitCode = differences.length === 0 ? 0 : 1;
