// node lab/soak.ts [--seconds 600] [--tokens 10000] [--connections 48] [--seed 1] [--out docs/explanation]: runs
// the gate in workerd at full speed, judges every answer, and writes a page about its memory and latency.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { describeSoak } from "./soak/describe.ts";
import { soak } from "./soak/run.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    tokens: { type: "string", default: "10000" },
    connections: { type: "string", default: "48" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const report = await soak({
  seconds: Number(values.seconds),
  tokens: Number(values.tokens),
  connections: Number(values.connections),
  seed: Number(values.seed),
});
const page = describeSoak(report);
console.log(page);
for (const each of report.wrong.slice(0, 20)) console.log(JSON.stringify(each));
if (values.out !== undefined) {
  await writeFile(path.join(values.out, "soak.md"), page);
}
process.exit(report.wrong.length === 0 ? 0 : 1);
