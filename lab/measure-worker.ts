// Measures what each part adds to the worker: bytes that Wrangler uploads, and the start of an isolate, as processor
// time in raw workerd and in the profile of `wrangler check startup`. It prints medians; docs/explanation/speed.md has
// them. Linux only. node lab/measure-worker.ts [RUNS]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { quietEnvironment } from "../cli/project/quiet.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { median } from "./statistics.ts";
import { startRawWorkers } from "./workerd.ts";

const workers = {
  "no-op worker": "lab/workers/noop.ts",
  "plain Hono": "lab/workers/hono.ts",
  "gate alone": "test/gates/alone.ts",
  "gate with an App": "test/gates/forwarding.ts",
  "gate, App and zod": "lab/workers/gate-app-zod.ts",
  "with downstream": "lab/workers/downstream.ts",
  "with MSAL evaluated at the start": "lab/workers/downstream-eager.ts",
};
const runs = Number(process.argv[2] ?? 11);
const directory = mkdtempSync(path.join(tmpdir(), "measure-worker-"));

function runWrangler(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("wrangler", args, {
    encoding: "utf8",
    env: { ...process.env, ...quietEnvironment },
  });
  if (status !== 0) throw new Error(`wrangler ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

function readNumber(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`wrangler did not say ${pattern}`);
  return Number(found);
}

function measureGzip(entry: string): number {
  const said = runWrangler([
    "deploy",
    entry,
    "--dry-run",
    "--minify",
    "--env=",
    "--outdir",
    path.join(directory, "out"),
  ]);
  return readNumber(said, /gzip: ([\d.]+) KiB/);
}

function measureProfile(entry: string): number {
  const profile = path.join(directory, "startup.cpuprofile");
  const said = runWrangler(["check", "startup", "--outfile", profile, "--args", `${entry} --minify --env=`]);
  return readNumber(said, /Active: ([\d.]+) ms/);
}

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
 * Processor time of the start of one more isolate, in milliseconds: without that of the process and of the first one.
 */
async function measureStart(entry: string): Promise<number> {
  const firstMs = await startIsolates(entry, 1);
  return ((await startIsolates(entry, 1 + isolates)) - firstMs) / isolates;
}

const names = Object.keys(workers) as (keyof typeof workers)[];
const measured = new Map(names.map((name) => [name, { startMs: [] as number[], profileMs: [] as number[] }]));
// Takes turns, so that other load on the machine affects all of them.
for (let run = 0; run < runs; run += 1) {
  for (const [name, { startMs, profileMs }] of measured) {
    startMs.push(await measureStart(workers[name]));
    profileMs.push(measureProfile(workers[name]));
  }
}
const describe = (milliseconds: readonly number[]) =>
  `${median(milliseconds).toFixed(1)} ms (${Math.min(...milliseconds).toFixed(1)} to ${Math.max(...milliseconds).toFixed(1)})`;
console.log(`medians of ${runs} runs: gzip, start of an isolate, profile`);
for (const [name, { startMs, profileMs }] of measured)
  console.log(`${name}: ${measureGzip(workers[name])} KiB, ${describe(startMs)}, ${describe(profileMs)}`);
rmSync(directory, { recursive: true });
