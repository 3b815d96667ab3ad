// `node lab/sockets.ts`: measures what closeWebSocketAtExpiry costs, in workerd. An origin echoes messages through a
// gate that passes the WebSocket on, and through a gate that relays it. It prints echoes per second and the gate's
// processor time for each. Linux only.
import { parseArgs } from "node:util";
import { createGateVars } from "../cli/common/gate-vars.ts";
import { serveFetch } from "../cli/common/loopback.ts";
import { createEntra } from "../entra/entra.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { describeMachine } from "./report.ts";
import { openSockets } from "./socket-load.ts";
import { median } from "./statistics.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "2" } },
});
const rounds = Number(values.rounds);
const roundMs = Number(values.seconds) * 1_000;
/** Messages until the code is compiled. */
const warmUpMs = 1_000;
const connections = 16;
const window = 4;
const paths = ["/handed-on", "/closed-at-expiry"] as const;
const sizes = [128, 8_192];

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
}

const entra = createEntra();
const { url: entraUrl } = await serveFetch(entra.fetch);
const authorization = `Bearer ${await entra.issueAccessToken({ authority: entraUrl, persona: "member" })}`;
const origin = await startRawWorker("lab/workers/socket-origin.ts", {});
const vars = createGateVars(entraUrl, origin.url);

console.log(`${describeMachine()}; raw workerd, ${connections} WebSockets with ${window} messages under way on each
${rounds} interleaved rounds of ${values.seconds} s: median (lowest to highest); processor time of the gate for one echo, which is two messages
`);
for (const bytes of sizes) {
  const samples = new Map<string, Sample[]>(paths.map((path) => [path, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const path of paths) samples.get(path)?.push(await measure(path, bytes));
  }
  for (const [path, taken] of samples) {
    const rates = taken.map(({ perSecond }) => perSecond);
    const costs = taken.map(({ cpuUs }) => cpuUs);
    console.log(
      `${path.padEnd(18)} ${String(bytes).padStart(5)} bytes  ${describe(rates, 0)} /s  ${describe(costs, 1)} us`,
    );
  }
}
await origin.stop();
process.exit(0);

async function measure(path: string, bytes: number): Promise<Sample> {
  const gate = await startRawWorker("lab/workers/socket-gate.ts", vars);
  try {
    const sockets = await openSockets(gate.url, { path, authorization, connections, window, bytes });
    await sockets.run(warmUpMs);
    const [echoed, usedUs] = [sockets.echoed(), readProcessorUs(gate.pid)];
    const startedMs = performance.now();
    await sockets.run(roundMs);
    const count = sockets.echoed() - echoed;
    const seconds = (performance.now() - startedMs) / 1_000;
    const cpuUs = (readProcessorUs(gate.pid) - usedUs) / count;
    sockets.close();
    return { perSecond: count / seconds, cpuUs };
  } finally {
    await gate.stop();
  }
}

function describe(numbers: readonly number[], digits: number): string {
  const [low, middle, high] = [Math.min(...numbers), median(numbers), Math.max(...numbers)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`.padEnd(24);
}
