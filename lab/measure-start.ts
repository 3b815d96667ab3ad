// Measures how long the command line takes to start, compared with Node alone: node lab/measure-start.ts [runs]
import { spawnSync } from "node:child_process";
import path from "node:path";
import { median } from "./statistics.ts";

const runs = Number(process.argv[2] ?? 15);
const bin = path.resolve(import.meta.dirname, "../cli/entra-gate.js");
const lines = {
  "node -e 0": ["-e", "0"],
  "entra-gate --help": [bin, "--help"],
  "entra-gate explain --no-verify": [bin, "explain", "a.b.c", "--no-verify"],
} as const;
const environment = {
  ...process.env,
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
  ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
};

const timesMs = new Map<string, number[]>(Object.keys(lines).map((name) => [name, []]));
// Takes turns, so that other load on the machine affects all of them. The first round fills Node's compile cache.
for (let run = -1; run < runs; run += 1) {
  for (const [name, args] of Object.entries(lines)) {
    const startMs = performance.now();
    spawnSync(process.execPath, args, { env: environment });
    if (run >= 0) timesMs.get(name)?.push(performance.now() - startMs);
  }
}
const baseMs = median(timesMs.get("node -e 0") ?? []);
for (const [name, times] of timesMs) {
  const medianMs = median(times);
  console.log(
    `${name.padEnd(32)} median of ${runs}: ${medianMs.toFixed(0)} ms, ${(medianMs / baseMs).toFixed(2)} times node -e 0`,
  );
}
