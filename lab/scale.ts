// `node lab/scale.ts`: measures the cost of a request as tokens, tenants and routes grow, in raw workerd: its processor
// time in short segments in random order, each beside the smallest of its kind. --garbage shows how much of it is
// garbage collection, and --memory what the worker keeps in memory, also for tokens with and without groups and roles.
// Linux only.
import { parseArgs } from "node:util";
import { measureHeapAfter } from "./heap.ts";
import { startObserved, sumPausesMs } from "./pacing/garbage.ts";
import { createPoints, type Point } from "./pacing/growth.ts";
import { startPacer } from "./pacing/pace.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { createRandom, pickInTurn, pickRandomly, shuffle } from "./pacing/sequence.ts";
import { isolateHeapFlag } from "./process-memory.ts";
import { describeMachine } from "./report.ts";
import { bootstrap, describeEstimate, trimmedMean } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "28" },
    requests: { type: "string", default: "1000" },
    processes: { type: "string", default: "4" },
    only: { type: "string", default: "." },
    memory: { type: "boolean", default: false },
    garbage: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const processes = Number(values.processes);
/** Requests before each segment, because other workers have filled the processor's caches. */
const warmUpRequests = 200;
/** Requests until the code is compiled. */
const compileRequests = 8_000;
const random = createRandom(20);

/** A point, and its workers. */
class Subject {
  readonly point: Point;
  readonly workers: Awaited<ReturnType<typeof startObserved>>[] = [];
  /** Processor time of a request in each round, in microseconds. */
  readonly costsUs: number[] = [];
  #next = 0;

  constructor(point: Point) {
    this.point = point;
  }

  get name(): string {
    return `${this.point.axis} ${this.point.size}`;
  }

  async send(port: number, length: number, inTurn = this.point.isNew === true): Promise<void> {
    const { tokens } = this.point;
    const sequence = inTurn
      ? pickInTurn(length, tokens.length, this.#next)
      : pickRandomly(length, tokens.length, random);
    this.#next = (this.#next + length) % tokens.length;
    await pacer.run({ port, requests: this.name, sequence, connections: 16 });
  }

  /** Sends each token once. The first request fetches the keys. */
  async fill(port: number): Promise<void> {
    await this.send(port, 1, true);
    await this.send(port, this.point.tokens.length, true);
  }

  async start(): Promise<void> {
    const { worker, vars, tokens } = this.point;
    await pacer.prepare(this.name, this.point.path, tokens);
    for (let index = 0; index < processes; index += 1) {
      const started = await startObserved(`lab/workers/${worker}.ts`, vars, [], values.garbage);
      this.workers.push(started);
      await this.fill(started.port);
      await this.send(started.port, compileRequests);
      started.pauses.length = 0;
    }
  }

  async measure(round: number): Promise<void> {
    const { port, pid } = this.workers[round % processes]!;
    if (this.point.empties) await (await fetch(`http://127.0.0.1:${port}/empty`)).text();
    await this.send(port, warmUpRequests);
    const beforeUs = readProcessorUs(pid);
    await this.send(port, requests);
    this.costsUs.push((readProcessorUs(pid) - beforeUs) / requests);
  }
}

const pacer = startPacer();
const chosen = new RegExp(values.only);
const subjects = (await createPoints((axis) => chosen.test(axis), values.memory)).map((point) => new Subject(point));
if (values.memory) await reportMemory();
for (const subject of subjects) await subject.start();
for (let round = 0; round < rounds; round += 1) {
  for (const subject of shuffle(subjects, random)) await subject.measure(round);
}

console.log(`${describeMachine()}; raw workerd with ${isolateHeapFlag}, load over 16 connections
${rounds} segments of ${requests} requests in random order, in ${processes} processes each: processor time of a request in microseconds,
without the fifth of the segments at each end; beside the first of the kind, with the interval of 95 % by resampling processes
and segments; and the least and the most of one process
`);
const find = (axis: string, size?: number) =>
  subjects.find(({ point }) => point.axis === axis && (size === undefined || point.size === size))!;
for (const subject of subjects) {
  const { axis, size, hits } = subject.point;
  const anchor = find(axis);
  const segments = subject.costsUs.map((us, round) => ({ us, anchorUs: anchor.costsUs[round]! }));
  const byProcess = subject.workers.map((_, index) => segments.filter((_, round) => round % processes === index));
  const meanUs = (of: readonly { readonly us: number }[]) => trimmedMean(of.map(({ us }) => us));
  const cost = bootstrap(byProcess, meanUs);
  const ratio = bootstrap(byProcess, (of) => meanUs(of) / trimmedMean(of.map(({ anchorUs }) => anchorUs)));
  const means = byProcess.map(meanUs);
  const range = `${Math.min(...means).toFixed(0)} to ${Math.max(...means).toFixed(0)}`;
  const missed = hits === undefined || hits > 0.99 ? "" : `  ${((1 - hits) * 100).toFixed(0)} % misses`;
  const row = `${axis.padEnd(18)} ${String(size).padStart(6)}  ${describeEstimate(cost, 0).padEnd(18)} ${describeEstimate(ratio, 2)}  ${range}`;
  const collectingMs = subject.workers.reduce((sum, { pauses }) => sum + sumPausesMs(pauses), 0);
  const perRequestUs = (collectingMs * 1_000) / (rounds * (warmUpRequests + requests));
  console.log(`${row}${missed}${values.garbage ? `  ${perRequestUs.toFixed(1)} us of garbage collection` : ""}`);
}
for (const { workers } of subjects) for (const { stop } of workers) await stop();
process.exit(0);

async function reportMemory(): Promise<never> {
  console.log(
    `${describeMachine()}; raw workerd with ${isolateHeapFlag}: what a worker keeps after garbage is collected\n`,
  );
  /** The point of the same axis before. */
  let last: { readonly axis: string; readonly size: number; readonly bytes: number } | undefined;
  for (const subject of subjects) {
    const { axis, size, worker, vars, path, tokens, weight } = subject.point;
    await pacer.prepare(subject.name, path, tokens);
    const bytes = await measureHeapAfter(
      worker,
      vars,
      (url) => subject.fill(Number(new URL(url).port)),
      (url) => subject.send(Number(new URL(url).port), 1),
    );
    const more =
      last?.axis === axis ? `  ${((bytes - last.bytes) / (size - last.size)).toFixed(0)} bytes for each more` : "";
    const weighed = weight === undefined ? "" : `, which weighs ${weight}`;
    last = { axis, size, bytes };
    console.log(
      `${axis.padEnd(31)} ${String(size).padStart(6)}  ${(bytes / 1_000_000).toFixed(1)} MB${more}${more && weighed}`,
    );
  }
  process.exit(0);
}
