import { setTimeout } from "node:timers/promises";
import { readProcessorUs } from "./pacing/processor.ts";
import { startRawWorkers } from "./workerd.ts";

/** One line of the table: a worker whose isolates start. */
export interface StartLine {
  readonly name: string;
  /** Entry file, relative to the root of the project. */
  readonly entry: string;
}

export const startLines: readonly StartLine[] = [
  { name: "no-op worker", entry: "lab/workers/noop.ts" },
  { name: "plain Hono", entry: "lab/workers/hono.ts" },
  { name: "gate alone", entry: "test/gates/alone.ts" },
  { name: "gate with an App", entry: "test/gates/forwarding.ts" },
  { name: "gate, App and zod", entry: "lab/workers/gate-app-zod.ts" },
  { name: "gate with tokens for other APIs", entry: "lab/workers/downstream.ts" },
];

/** Isolates whose start is measured at once. */
const isolates = 5;
/** Until workerd has done everything that it starts with. */
const settleMs = 100;

/** Processor time in milliseconds until workerd has started so many isolates with the same worker. */
async function startIsolates(entry: string, count: number): Promise<number> {
  const { pid, stop } = await startRawWorkers(Array<string>(count).fill(entry), {});
  await setTimeout(settleMs);
  const milliseconds = readProcessorUs(pid) / 1_000;
  await stop();
  return milliseconds;
}

/**
 * Measures the processor time of the start of one more isolate: without that of the process and of the first one.
 *
 * @returns milliseconds
 */
export async function measureStart({ entry }: StartLine): Promise<number> {
  const firstMs = await startIsolates(entry, 1);
  return ((await startIsolates(entry, 1 + isolates)) - firstMs) / isolates;
}
