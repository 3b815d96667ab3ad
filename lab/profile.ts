// `node lab/profile.ts [--only PATTERN] [--write]`: where the processor time of a request goes, for lines of `npm run
// bench` and those that they are compared with. `--write` puts the table into speed.md. It needs `perf` of Linux.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { api } from "../entra/directory/directory.ts";
import { openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import { type Line, lines } from "./lines.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { createPeerVars } from "./peer-vars.ts";
import { writeTable, writeToSpeedPage } from "./report.ts";
import { supplyTokens } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "^gate, (known|new) token$|^gate, forwarding$" },
    write: { type: "boolean", default: false },
  },
});
const warmUpRequests = 4_000;
const requests = 8_000;
const rounds = 3;
const samplesPerSecond = 4_999;
/** Until `perf` has attached. */
const attachMs = 500;

const chosen = lines.filter(({ name }) => new RegExp(values.only).test(name));
const needed = [...new Set(chosen.flatMap((line) => [line, lines.find(({ name }) => name === line.against) as Line]))];
const supply = await supplyTokens(warmUpRequests + 2 * requests);
const origin = await startRawWorker("lab/workers/origin.ts", {});
const vars = {
  ...createPeerVars(supply.entraUrl, origin.url),
  ENTRA_CLIENT_ID: api.clientId,
};

/** Microseconds of a request by the part of the program that uses them. */
type Profile = Readonly<Record<string, number>>;

/** Measures requests without the profiler, and divides their time as samples of as many other requests divide it. */
async function profile({ worker, path: target, tokens, status }: Line): Promise<Profile> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "entra-gate-profile-"));
  const file = path.join(folder, "perf.data");
  const { url, pid, codes, stop } = await startRawWorker(`lab/workers/${worker}.ts`, vars, {
    v8Flags: ["--perf-basic-prof", "--no-logfile-per-isolate", `--logfile=${path.join(folder, "v8.log")}`],
    keepsNames: true,
  });
  const client = await openClient(Number(new URL(url).port));
  const credentials = supply.credentials[tokens];
  let sent = 0;
  const send = (count: number) => {
    const jobs = Array.from({ length: count }, () => {
      const authorization = credentials[sent++ % credentials.length] as string;
      return [writeRequest({ path: target, headers: { authorization } })];
    });
    return client.send(jobs, status);
  };
  await send(warmUpRequests);
  const beforeUs = readProcessorUs(pid);
  await send(requests);
  const requestUs = (readProcessorUs(pid) - beforeUs) / requests;
  const perf = spawn("perf", ["record", "-q", "-g", "-F", `${samplesPerSecond}`, "-p", `${pid}`, "-o", file]);
  await setTimeout(attachMs);
  await send(requests);
  perf.kill("SIGINT");
  await once(perf, "exit");
  const script = execFileSync("perf", ["script", "-i", file, "-F", "comm,ip,sym"], { maxBuffer: 2 ** 30 }).toString();
  client.close();
  await stop();
  await rm(folder, { recursive: true });
  await rm(`/tmp/perf-${pid}.map`);
  const owners = findOwners(codes[0] as string);
  const samples = script.split("\n\n").filter((sample) => sample.trim() !== "");
  const times: Record<string, number> = {};
  for (const sample of samples) {
    const part = findPart(sample, owners);
    times[part] = (times[part] ?? 0) + requestUs / samples.length;
  }
  return times;
}

/** Finds the part of a sample: by the collector or the signature, else by the innermost function of JavaScript. */
function findPart(sample: string, owners: readonly string[]): string {
  if (/Scaveng|MarkCompact|CollectGarbage|Sweeper|Marking|Evacuat/.test(sample)) return "garbage collector";
  if (/ (?:bn_|BN_|rsa_|RSA_|EVP_)|bssl/.test(sample)) return "signature";
  const [, line] = / JS:[^\n]* worker\d*\.js:(\d+):/.exec(sample) ?? [];
  if (line !== undefined) return owners[Number(line) - 1] as string;
  return / JS:|Builtins_/.test(sample) ? "promises, and calls of JavaScript" : "workerd around the JavaScript";
}

/** Lists the part of each line of a bundle, in which a comment names each source file. */
function findOwners(code: string): readonly string[] {
  let owner = "worker";
  return code.split("\n").map((line) => {
    const [, file] = /^\/\/ (\S+\.m?[jt]s)$/.exec(line) ?? [];
    if (file !== undefined) owner = nameOwner(file);
    return owner;
  });
}

function nameOwner(file: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  if (name !== undefined) return name;
  return file.startsWith("src/") ? path.dirname(file) : "worker";
}

const profiles: Record<string, Profile>[] = [];
for (let round = 0; round < rounds; round += 1) {
  const found: Record<string, Profile> = {};
  for (const line of needed) found[line.name] = await profile(line);
  profiles.push(found);
}
await origin.stop();

const readUs = (name: string, part: string) =>
  profiles.reduce((sum, found) => sum + (found[name]?.[part] ?? 0), 0) / rounds;
const format = (us: number) => (us < 0.05 ? "" : us.toFixed(1));
const parts = [...new Set(profiles.flatMap((found) => Object.values(found).flatMap(Object.keys)))]
  .filter((part) => needed.some(({ name }) => format(readUs(name, part)) !== ""))
  .sort();
const table = writeTable(
  ["us of a request", ...needed.map(({ name }) => name)],
  [
    ...parts.map((part) => [part, ...needed.map(({ name }) => format(readUs(name, part)))]),
    ["together", ...needed.map(({ name }) => format(parts.reduce((sum, part) => sum + readUs(name, part), 0)))],
  ],
);
console.log(table);
if (values.write) writeToSpeedPage("profile", table);
process.exit(0);
