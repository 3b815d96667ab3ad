// node lab/rotate.ts [--minutes 10] [--rate 40]: rotates GATE_SIGNING_KEY and ENTRA_CLIENT_KEY of a gate in workerd as
// docs/reference/assertions.md describes it, under load, and fails if one request is refused.
import { parseArgs } from "node:util";
import { describeRotation, listFaults } from "./rotation/describe.ts";
import { rotate } from "./rotation/run.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, rate: { type: "string", default: "40" } },
});
const report = await rotate({ minutes: Number(values.minutes), requestsPerSecond: Number(values.rate) });
const faults = listFaults(report);
console.log(`${values.minutes} min, clock ${report.speed} times as fast\n\n${describeRotation(report)}`);
for (const fault of faults) console.log(fault);
process.exit(faults.length === 0 ? 0 : 1);
