// `node bench/latency.ts`: how long callers wait for a gate and for plain Hono, in raw workerd, at 60 % of the gate's capacity.
// Requests are due at the times of independent callers (Poisson), whether or not earlier ones have been answered, and the time
// counts from then: no coordinated omission. Both workers get the same requests at the same times. In each round, the token
// cache of the gate is full, some tokens are new, and the gate renews its keys once. Linux only.
import { parseArgs } from "node:util";
import { createGateVars } from "../dev/gate-vars.ts";
import { serve } from "../dev/loopback.ts";
import { createEntra } from "../src/testing/entra.ts";
import { describeInterval, estimate, poolRounds } from "./paced/intervals.ts";
import { startPacer } from "./paced/pace.ts";
import type { Outcome } from "./paced/pacer.ts";
import { readOthersShare } from "./paced/processor.ts";
import { arriveRandomly, createRandom, pickInTurn } from "./paced/sequence.ts";
import { isolateHeapFlag } from "./process-memory.ts";
import { describeMachine } from "./report.ts";
import { issueMany } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "12" },
    seconds: { type: "string", default: "1.5" },
    share: { type: "string", default: "0.6" },
    quiet: { type: "string", default: "0.04" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** A round is taken again if other programs used a larger share of the processors. */
const othersShareMaximum = Number(values.quiet);
/** Each round moves the clock of the gate by an hour, and tokens live for 28. */
const roundsMaximum = 24;
/** Of the open loop: more than are ever busy. */
const connections = 64;
/** More than the cache holds, which has 24 MiB. */
const fillingTokens = 12_000;
/** The callers who come again and again. The others came once. */
const liveTokens = 2_000;
/** One request in so many has a new token. */
const newTokenEvery = 100;
/** More than any worker here answers. */
const perSecondMaximum = 20_000;
const capacitySeconds = 2;
const path = "/me";

const entra = createEntra();
// Entra publishes about eight keys.
for (let added = 0; added < 4; added += 1) await entra.rollOver("planned");
const documents = new Map<string, string>();
const authority = await serve(async ({ headers, url = "" }, response) => {
  // Read once, so that the answer costs this machine little.
  const text = documents.get(url) ?? (await (await entra.fetch(new Request(`http://${headers.host}${url}`))).text());
  documents.set(url, text);
  response.setHeader("content-type", "application/json").end(text);
});
const nowSeconds = Math.floor(Date.now() / 1_000);
const claims = { iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 28 * 3_600 };
const newTokens = Math.ceil(((roundsMaximum * seconds + 2 * capacitySeconds) * perSecondMaximum) / newTokenEvery);
const tokens = await issueMany(fillingTokens + newTokens, () =>
  entra.issueAccessToken({ authority: authority.url, persona: "member", claims }),
);
const pacer = startPacer();
await pacer.prepare(path, path, tokens);
const random = createRandom(20);
let nextNew = fillingTokens;

/** Live tokens in random order, and new ones among them. */
function pick(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => {
    if (index % newTokenEvery > 0) return Math.floor(random() * liveTokens);
    nextNew += 1;
    return nextNew - 1;
  });
}

const vars = createGateVars(authority.url);
const start = (worker: string) => startRawWorker(`bench/workers/${worker}.ts`, vars, undefined, [isolateHeapFlag]);
const gate = await start("gate-hourly");
const workers = { "plain Hono": await start("hono"), "plain Hono again": await start("hono"), gate };
type Name = keyof typeof workers;
const names = Object.keys(workers) as Name[];
const planOf = (name: Name, sequence: Uint32Array) => ({
  port: Number(new URL(workers[name].url).port),
  requests: path,
  sequence,
  connections: 16,
});

const filling = pickInTurn(fillingTokens, fillingTokens);
const capacity: Record<string, number> = {};
for (const name of names) {
  // The last tokens to come are the live ones.
  await pacer.run(planOf(name, filling.toReversed()));
  await pacer.run({ ...planOf(name, pick(capacitySeconds * perSecondMaximum)), seconds: capacitySeconds });
  const mixed = pick(capacitySeconds * perSecondMaximum);
  const outcome = await pacer.run({ ...planOf(name, mixed), seconds: capacitySeconds });
  capacity[name] = outcome.requests / outcome.seconds;
}
const perSecond = Math.round(capacity.gate! * Number(values.share));

const kept: Readonly<Record<Name, Outcome>>[] = [];
let taken = 0;
for (; kept.length < rounds && taken < roundsMaximum; taken += 1) {
  const sequence = pick(Math.round(perSecond * seconds));
  const arrivalsMs = arriveRandomly(sequence.length, perSecond, random);
  const others: number[] = [];
  const outcomes = {} as Record<Name, Outcome>;
  for (const name of [...names].sort(() => random() - 0.5)) {
    const readShare = readOthersShare([workers[name].pid, process.pid]);
    const renewal = name === "gate" ? renewMidway() : undefined;
    outcomes[name] = await pacer.run({ ...planOf(name, sequence), connections, arrivalsMs });
    await renewal;
    others.push(readShare());
  }
  if (Math.max(...others) <= othersShareMaximum) kept.push(outcomes);
}

/** Makes the keys of the gate due for renewal: the next request renews them, in the background. */
async function renewMidway(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, (seconds * 1_000) / 2));
  await (await fetch(`${gate.url}/hour`)).text();
}

const shares = [0.5, 0.99, 0.999];
const pools = Object.fromEntries(names.map((name) => [name, poolRounds(kept.map((round) => round[name].latenciesMs))]));
const lags = poolRounds(names.flatMap((name) => kept.map((round) => round[name].lagsMs)));
const lagsOfAll = lags(new Uint32Array(names.length * kept.length).fill(1), shares);

function describeRow(label: string, figuresOf: (weights: Uint32Array) => readonly number[]): string {
  const columns = estimate(kept.length, figuresOf).map((figure) => describeInterval(figure, 3).padEnd(24));
  return `${label.padEnd(18)} ${columns.join(" ")}`.trimEnd();
}
function differ(weights: Uint32Array, name: Name): readonly number[] {
  const anchor = pools["plain Hono"]!(weights, shares);
  return pools[name]!(weights, shares).map((value, column) => value - anchor[column]!);
}

const rates = names.map((name) => `${name} ${capacity[name]!.toFixed(0)}/s`).join(", ");
console.log(`${describeMachine()}; raw workerd
Capacity over 16 connections: ${rates}
${kept.length} interleaved rounds of ${seconds} s with ${perSecond} requests per second, which are ${Math.round(Number(values.share) * 100)} % of the gate's capacity;
${taken - kept.length} more rounds do not count, because other programs used more than ${othersShareMaximum * 100} % of the processors
Milliseconds, with the interval of 95 % by resampling rounds

${"".padEnd(18)} ${["p50", "p99", "p99.9"].map((head) => head.padEnd(24)).join(" ")}`);
for (const name of names) console.log(describeRow(name, (weights) => pools[name]!(weights, shares)));
console.log(describeRow("gate adds", (weights) => differ(weights, "gate")));
console.log(describeRow("Hono again adds", (weights) => differ(weights, "plain Hono again")));
console.log(`lag of the pacer   ${lagsOfAll.map((lag) => lag.toFixed(3).padEnd(24)).join(" ")}`.trimEnd());
process.exit(0);
