// Sends almost valid requests to a gate in workerd: node lab/fuzz-http.ts [--minutes 10] [--seed 1]. It fails if a
// request hangs, gets an undocumented 5xx, or reaches the origin without the token, and if memory grows. Linux only.
// workerd itself writes "WebSocket protocol error" if the bytes after an upgrade are no frames. It closes the
// connection.
import { parseArgs } from "node:util";
import { fuzzGate } from "../test/support/fuzz.ts";
import { sendBytes } from "../test/support/http.ts";
import { startStack } from "../test/support/stack.ts";
import { findListener, isolateHeapFlag, readResidentBytes } from "./process-memory.ts";
import { median } from "./statistics.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const durationMs = Number(values.minutes) * 60_000;
/**
 * The process of any worker, even an empty one, grows for its first 40,000 connections, and again when it starts to
 * fetch.
 */
const warmupRequests = 60_000;
const allowedGrowthBytes = 48 * 1024 * 1024;

// Miniflare reads it when it starts a worker. Without it, the heap grows as long as the machine has memory.
process.env.MINIFLARE_WORKERD_V8_FLAGS = isolateHeapFlag;

let lines = 0;
let leaks = 0;
let secret = "none yet";
const stack = await startStack({
  onGateLog(line) {
    lines += 1;
    if (line.includes(secret)) leaks += 1;
  },
});
try {
  const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
  secret = token.split(".")[1]!;
  const gate = findListener(Number(new URL(stack.gateUrl).port));
  await warmUp(stack.gateUrl, token);
  const startedMs = Date.now();
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(readResidentBytes(gate)), durationMs / 100);
  const report = await fuzzGate({
    url: stack.gateUrl,
    token,
    seed: Number(values.seed),
    goesOn: () => Date.now() - startedMs < durationMs,
  });
  clearInterval(sampler);
  const third = Math.floor(samples.length / 3);
  // Medians, so that a single garbage collection does not matter.
  const growthBytes = median(samples.slice(-third)) - median(samples.slice(0, third));
  const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
  console.log(JSON.stringify({ ...report, logLines: lines, leaks, residentMiB: samples.map(mebibytes) }, null, 1));
  console.log(`${report.requests} requests; memory grew by ${mebibytes(growthBytes)} MiB`);
  const broken = [report.faults, report.hangs, report.breaches].some((list) => list.length > 0);
  if (broken || leaks > 0 || growthBytes > allowedGrowthBytes) process.exitCode = 1;
} finally {
  await stack.stop();
}

/** Ordinary requests, refused and forwarded, each over its own connection. */
async function warmUp(url: string, token: string): Promise<void> {
  let left = warmupRequests;
  const head = "HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  const texts = [`GET / ${head}\r\n`, `POST / ${head}Authorization: Bearer ${token}\r\nContent-Length: 5\r\n\r\nhello`];
  const work = async () => {
    for (; left > 0; left -= 1) await sendBytes(url, texts[left % texts.length]!);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
