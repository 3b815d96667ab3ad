// Measures how exact each counter of rateLimit is, in workerd on this machine: a limit of 100, and 1,000 requests at
// once over two isolates. `node lab/measure-limits.ts [--runs 5]` prints the rows of docs/how-to/limit-requests.md.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startLimitedIsolates } from "../test/support/limited-isolates.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const requests = 1_000;

const counters = [
  { name: "`globalStore`, a Durable Object", path: "/global", withBinding: false },
  { name: "the binding `RATE_LIMITER`", path: "/local", withBinding: true },
  { name: "memory of each isolate", path: "/local", withBinding: false },
] as const;

console.log(`| counter | passed of ${requests} | other than 200 and 429 |\n|---|---|---|`);
for (const { name, path: route, withBinding } of counters) {
  const passed: number[] = [];
  let others = 0;
  for (let run = 0; run < Number(values.runs); run += 1) {
    const storage = await mkdtemp(path.join(os.tmpdir(), "entra-gate-limits-"));
    const isolates = await startLimitedIsolates(storage, withBinding);
    const answers = await isolates.askAtOnce(route, requests);
    passed.push(answers.filter(({ status }) => status === 200).length);
    others += answers.filter(({ status }) => status !== 200 && status !== 429).length;
    await isolates.stop();
    await rm(storage, { recursive: true });
  }
  console.log(`| ${name} | ${passed.join(", ")} | ${others} |`);
}
process.exit(0);
