// `node lab/latency.ts`: how long callers wait for a gate and for plain Hono, in raw workerd, at 60 % of the gate's
// capacity. Requests are due at the times of independent callers (Poisson), whether or not earlier ones have been
// answered, and the time counts from then, which avoids coordinated omission. All workers get the same requests at the
// same times. In each round, some tokens are new, and the gate renews its keys once. Its token cache is full, or has
// free space. The pacer has a processor of its own. --garbage counts the pauses for garbage collection too, and
// --v8-flag=--FLAG passes a flag to V8. Linux only.
import { parseArgs } from "node:util";
import { createGateVars } from "../cli/common/gate-vars.ts";
import { serve } from "../cli/common/loopback.ts";
import { createEntra } from "../entra/entra.ts";
import { collectionsHead, describePauses, startObserved } from "./pacing/garbage.ts";
import { estimate, poolRounds } from "./pacing/intervals.ts";
import { startPacer } from "./pacing/pace.ts";
import type { Outcome } from "./pacing/pacer.ts";
import { pin, readOthersShare, readProcessorUs } from "./pacing/processor.ts";
import { arriveRandomly, createRandom, pickInTurn, shuffle } from "./pacing/sequence.ts";
import { describeMachine } from "./report.ts";
import { describeEstimate, median } from "./statistics.ts";
import { issueMany } from "./tokens.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seconds: { type: "string", default: "1.5" },
    share: { type: "string", default: "0.6" },
    garbage: { type: "boolean", default: false },
    "v8-flag": { type: "string", multiple: true, default: [] },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** The half of the rounds in which other programs used the processors least counts, independently of the latencies. */
const keptRounds = Math.ceil(rounds / 2);
/** Each round moves the clock of the gate by an hour. */
const tokenHours = 28;
if (rounds > tokenHours - 2) throw new RangeError(`at most ${tokenHours - 2} rounds`);
/** Connections of the open loop: more than are ever busy. */
const connections = 64;
/** More tokens than the cache of 24 MiB holds. */
const fillingTokens = 12_000;
/** Tokens that are sent repeatedly. The others are sent once. */
const liveTokens = 2_000;
/** One in this many requests has a new token. */
const newTokenEvery = 100;
/** More requests than any worker here can answer. */
const perSecondMaximum = 20_000;
const warmUpSeconds = 2;
/** The capacity is the median of this many short loads. */
const capacityTries = 5;
const capacitySeconds = 0.4;
const path = "/me";

const entra = createEntra();
// Entra publishes about eight keys.
for (let added = 0; added < 4; added += 1) await entra.rollOver("planned");
const documents = new Map<string, string>();
const authority = await serve(async ({ headers, url = "" }, response) => {
  // Cached, so that the response needs little processor time.
  const text = documents.get(url) ?? (await (await entra.fetch(new Request(`http://${headers.host}${url}`))).text());
  documents.set(url, text);
  response.setHeader("content-type", "application/json").end(text);
});
const nowSeconds = Math.floor(Date.now() / 1_000);
const claims = { iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + tokenHours * 3_600 };
const newTokens = Math.ceil(
  ((rounds * seconds + 4 * (warmUpSeconds + capacityTries * capacitySeconds)) * perSecondMaximum) / newTokenEvery,
);
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
// Otherwise Linux sometimes lets the pacer and a worker share a processor for tens of milliseconds, and leaves the
// other idle.
async function start(entry: string) {
  const worker = await startObserved(`lab/workers/${entry}.ts`, vars, values["v8-flag"], values.garbage);
  pin(worker.pid, 1);
  return worker;
}
pin(process.pid, 0);
const workers = {
  "plain Hono": await start("hono"),
  "plain Hono again": await start("hono"),
  "gate, full cache": await start("gate-hourly"),
  "gate, 2,000 tokens": await start("gate-hourly"),
};
type Busy = Outcome & { readonly busyUs: number };
type Name = keyof typeof workers;
const names = Object.keys(workers) as Name[];
const planOf = (name: Name, sequence: Uint32Array) => ({
  port: workers[name].port,
  requests: path,
  sequence,
  connections: 16,
});

const filling = pickInTurn(fillingTokens, fillingTokens);
const rates = new Map<Name, number[]>(names.map((name) => [name, []]));
/** @returns responses per second, without a pause */
async function load(name: Name, forSeconds: number): Promise<number> {
  const sequence = pick(forSeconds * perSecondMaximum);
  const outcome = await pacer.run({ ...planOf(name, sequence), seconds: forSeconds });
  return outcome.requests / outcome.seconds;
}
for (const name of names) {
  // The last tokens are the live ones.
  const first = name === "gate, 2,000 tokens" ? fillingTokens - liveTokens : 0;
  await pacer.run(planOf(name, filling.toReversed().slice(first)));
  await load(name, warmUpSeconds);
}
for (let attempt = 0; attempt < capacityTries; attempt += 1) {
  for (const name of names) rates.get(name)!.push(await load(name, capacitySeconds));
}
const capacityOf = (name: Name) => median(rates.get(name)!);
const perSecond = Math.round(capacityOf("gate, full cache") * Number(values.share));

for (const { pauses } of Object.values(workers)) pauses.length = 0;

const taken: { readonly othersShare: number; readonly outcomes: Readonly<Record<Name, Busy>> }[] = [];
while (taken.length < rounds) {
  const sequence = pick(Math.round(perSecond * seconds));
  const arrivalsMs = arriveRandomly(sequence.length, perSecond, random);
  const others: number[] = [];
  const outcomes = {} as Record<Name, Busy>;
  for (const name of shuffle(names, random)) {
    const readShare = readOthersShare([workers[name].pid, process.pid]);
    const renewal = name.startsWith("gate") ? renewMidway(workers[name].port) : undefined;
    const startedUs = readProcessorUs(workers[name].pid);
    const outcome = await pacer.run({ ...planOf(name, sequence), connections, arrivalsMs });
    await renewal;
    outcomes[name] = { ...outcome, busyUs: readProcessorUs(workers[name].pid) - startedUs };
    others.push(readShare());
  }
  taken.push({ othersShare: Math.max(...others), outcomes });
}
taken.sort((a, b) => a.othersShare - b.othersShare);
const kept = taken.slice(0, keptRounds).map(({ outcomes }) => outcomes);
const othersPercent = [0, keptRounds - 1, rounds - 1].map((at) => Math.round(taken[at]!.othersShare * 100));

/** Makes the keys of the gate due for renewal: the next request renews them, in the background. */
async function renewMidway(port: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, (seconds * 1_000) / 2));
  await (await fetch(`http://127.0.0.1:${port}/hour`)).text();
}

const shares = [0.5, 0.99, 0.999];
const pools = Object.fromEntries(names.map((name) => [name, poolRounds(kept.map((round) => round[name].latenciesMs))]));
const lags = poolRounds(names.flatMap((name) => kept.map((round) => round[name].lagsMs)));
const lagsOfAll = lags(new Uint32Array(names.length * kept.length).fill(1), shares);

function describeRow(label: string, figuresOf: (weights: Uint32Array) => readonly number[]): string {
  const columns = estimate(kept.length, figuresOf).map((figure) => describeEstimate(figure, 3).padEnd(24));
  return `${label.padEnd(18)} ${columns.join(" ")}`.trimEnd();
}
function differ(weights: Uint32Array, name: Name): readonly number[] {
  const anchor = pools["plain Hono"]!(weights, shares);
  return pools[name]!(weights, shares).map((value, column) => value - anchor[column]!);
}

console.log(`${describeMachine()}; raw workerd
Capacity over 16 connections: ${names.map((name) => `${name} ${capacityOf(name).toFixed(0)}/s`).join(", ")}
${kept.length} interleaved rounds of ${seconds} s with ${perSecond} requests per second, which are ${Math.round(Number(values.share) * 100)} % of the gate's capacity;
the quieter half of ${rounds}: other programs used ${othersPercent[0]} to ${othersPercent[1]} % of the processors, and up to ${othersPercent[2]} % in the other half
Milliseconds, with the interval of 95 % by resampling rounds

${"".padEnd(18)} ${["p50", "p99", "p99.9"].map((head) => head.padEnd(24)).join(" ")}`);
for (const name of names) console.log(describeRow(name, (weights) => pools[name]!(weights, shares)));
console.log("\nbeside plain Hono");
for (const name of names.slice(1)) console.log(describeRow(name, (weights) => differ(weights, name)));
/** Share of the time in which a worker's process ran. */
const busyPercent = (name: Name) =>
  (kept.reduce((sum, round) => sum + round[name].busyUs / round[name].seconds, 0) / kept.length / 10_000).toFixed(0);
console.log(`\nBusy: ${names.map((name) => `${name} ${busyPercent(name)} %`).join(", ")}`);
if (values.garbage) {
  console.log(`\n${collectionsHead}`);
  for (const name of names) console.log(describePauses(name, workers[name].pauses, perSecond * seconds * rounds));
}
console.log(`\nlag of the pacer   ${lagsOfAll.map((lag) => lag.toFixed(3).padEnd(24)).join(" ")}`.trimEnd());
for (const { stop } of Object.values(workers)) await stop();
process.exit(0);
