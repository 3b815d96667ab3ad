// `node bench/wrk.ts`: the main ratios in responses per second, measured by wrk, which must be installed. Each worker runs in
// its own process.

import { applyLoad } from "./load.ts";
import { createPeerVars } from "./peer-vars.ts";
import { median } from "./statistics.ts";
import { supplyTokens } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const rounds = 5;
const seconds = 2;
const warmUpSeconds = 2;
/** More signatures than any worker here verifies in a second. */
const newTokensPerSecond = 9_000;
const connections = 16;

const supply = await supplyTokens((warmUpSeconds + seconds) * newTokensPerSecond);
const origin = await startRawWorker("bench/workers/origin.ts", {});
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

async function measure([worker, target, credentials]: readonly [string, string, readonly string[]]): Promise<number> {
  const { url, stop } = await startRawWorker(`bench/workers/${worker}.ts`, vars);
  const once = credentials !== known;
  const part = once ? Math.floor(credentials.length / 2) : credentials.length;
  try {
    await applyLoad(url + target, credentials.slice(0, part), { seconds: warmUpSeconds, once });
    return await applyLoad(url + target, credentials.slice(once ? part : 0), { seconds, once });
  } finally {
    await stop();
  }
}

for (const { name, own, other } of ratios) {
  const measured: number[] = [];
  for (let round = 1; round <= rounds; round += 1) measured.push((await measure(own)) / (await measure(other)));
  const range = `${Math.min(...measured).toFixed(2)} to ${Math.max(...measured).toFixed(2)}`;
  console.log(`${name.padEnd(20)} ${median(measured).toFixed(2)}  (${range} in ${rounds} rounds of ${seconds} s)`);
}
await origin.stop();
process.exit(0);
