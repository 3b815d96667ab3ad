// Measures what each part adds to the worker: bytes that Wrangler uploads, and the start of an isolate in the profile
// of `wrangler check startup`. It prints medians; docs/explanation/speed.md has them. node scripts/measure-worker.ts
// [RUNS]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { median } from "../bench/statistics.ts";
import { quietEnvironment } from "../dev/quiet.ts";

const workers = {
  "no-op worker": "bench/workers/noop.ts",
  "plain Hono": "bench/workers/hono.ts",
  "gate alone": "test/gates/alone.ts",
  "gate as it is deployed": "src/worker.ts",
  "gate, App and zod": "bench/workers/gate-app-zod.ts",
  "with downstream": "bench/workers/downstream.ts",
  "with MSAL evaluated at the start": "bench/workers/downstream-eager.ts",
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

function measureStart(entry: string): number {
  const profile = path.join(directory, "startup.cpuprofile");
  const said = runWrangler(["check", "startup", "--outfile", profile, "--args", `${entry} --minify --env=`]);
  return readNumber(said, /Active: ([\d.]+) ms/);
}

const starts = new Map(Object.keys(workers).map((name) => [name, [] as number[]]));
// Takes turns, so that other load on the machine affects all of them.
for (let run = 0; run < runs; run += 1) {
  for (const [name, entry] of Object.entries(workers)) starts.get(name)?.push(measureStart(entry));
}
for (const [name, entry] of Object.entries(workers)) {
  const times = starts.get(name) ?? [];
  const spread = `${Math.min(...times)} to ${Math.max(...times)}, ${runs} runs`;
  console.log(`${name}: ${measureGzip(entry)} KiB gzip, ${median(times)} ms to start (${spread})`);
}
rmSync(directory, { recursive: true });
