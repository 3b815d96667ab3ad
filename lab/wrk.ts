// `node lab/wrk.ts`: the main ratios in responses per second, measured by wrk, which must be installed. Linux only. Each worker
// runs in its own process. The two workers of a ratio take turns on one processor, and wrk and the origin use another.
import { applyLoad } from "./load.ts";
import { pin } from "./pacing/processor.ts";
import { createPeerVars } from "./peer-vars.ts";
import { median } from "./statistics.ts";
import { supplyTokens } from "./tokens.ts";
import { type RawWorker, startRawWorker } from "./workerd.ts";

const rounds = 5;
/** Length of one load. */
const seconds = 1;
/** A round has these loads of the two workers. New tokens are expensive to issue, so their rounds have half of them. */
const [shortRound, longRound] = ["ABBA", "ABBAABBA"];
const warmUpSeconds = 4;
/** More signatures than any worker here verifies in a second. */
const newTokensPerSecond = 9_000;
const connections = 16;
const [ofWorkers, ofOthers] = [0, 1];

pin(process.pid, ofOthers);
const supply = await supplyTokens((warmUpSeconds + rounds * (shortRound.length / 2) * seconds) * newTokensPerSecond);
const origin = await startRawWorker("lab/workers/origin.ts", {});
const vars = { ...createPeerVars(supply.entraUrl, origin.url), KEYS: supply.keys };
const { known, new: fresh } = supply.credentials;

/** Every token twice, with 15 others in between. */
const twice = Array.from({ length: Math.ceil(fresh.length / connections) }, (_, block) =>
  fresh.slice(block * connections, (block + 1) * connections),
).flatMap((tokens) => [...tokens, ...tokens]);

const ratios = [
  { name: "known / plain", own: ["gate", "/me", known], other: ["hono", "/me", known] },
  { name: "new / recipe", own: ["gate", "/me", fresh], other: ["hono-jose", "/me", fresh] },
  { name: "first two / recipe", own: ["gate", "/me", twice], other: ["hono-jose", "/me", twice] },
  { name: "forward / minimum", own: ["gate", "/orders", known], other: ["forward-minimum", "/orders", known] },
] as const;

/** Starts a worker. @returns a function that applies load and returns responses per second, and one that ends the worker */
async function start([name, target, credentials]: readonly [string, string, readonly string[]]) {
  const worker: RawWorker = await startRawWorker(`lab/workers/${name}.ts`, vars);
  pin(worker.pid, ofWorkers);
  const once = credentials !== known;
  let sent = 0;
  async function load(duration: number): Promise<number> {
    const perSecond = (newTokensPerSecond * credentials.length) / fresh.length;
    const part = once ? credentials.slice(sent, sent + duration * perSecond) : credentials;
    sent += part.length;
    return applyLoad(worker.url + target, part, { seconds: duration, once });
  }
  await load(warmUpSeconds);
  return { load: () => load(seconds), stop: worker.stop };
}

for (const { name, own, other } of ratios) {
  const [a, b] = [await start(own), await start(other)];
  const order = own[2] === known ? longRound : shortRound;
  const measured: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const rates = { A: 0, B: 0 };
    for (const worker of order) {
      if (worker === "A") rates.A += await a.load();
      else rates.B += await b.load();
    }
    measured.push(rates.A / rates.B);
  }
  await a.stop();
  await b.stop();
  const range = `${Math.min(...measured).toFixed(2)} to ${Math.max(...measured).toFixed(2)}`;
  console.log(
    `${name.padEnd(20)} ${median(measured).toFixed(2)}  (${range} in ${rounds} rounds of ${order.length * seconds} s)`,
  );
}
await origin.stop();
process.exit(0);
