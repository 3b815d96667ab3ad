// `npm run bench [-- --quick] [--only PATTERN] [--write]`: the gate and its peers in raw workerd, as tables in
// Markdown: processor time of requests, growth of V8's old space, and starts and first requests of isolates. `--write`
// puts them into speed.md. Linux only.
import { parseArgs } from "node:util";
import { exportJWK, generateKeyPair } from "jose";
import { clients } from "../entra/directory/clients.ts";
import { api } from "../entra/directory/directory.ts";
import { type FirstRound, firstRequestLines, measureFirstRequests } from "./first-requests.ts";
import { lines } from "./lines.ts";
import { measureOldSpace, oldSpaceLines } from "./old-space.ts";
import { createPeerVars } from "./peer-vars.ts";
import {
  createReport,
  describeGoals,
  describeLines,
  describeMachine,
  describeRounds,
  writeToSpeedPage,
} from "./report.ts";
import { countNewTokens, measureRounds, type Round } from "./segments.ts";
import { measureStart, startLines } from "./starts.ts";
import { supplyTokens } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "." },
    write: { type: "boolean", default: false },
  },
});
const counts = values.quick
  ? { processes: 1, rounds: 3, warmUpRounds: 1, isolates: 1 }
  : { processes: 4, rounds: 6, warmUpRounds: 3, isolates: 5 };
const { processes, rounds, isolates } = counts;

const isChosen = ({ name }: { readonly name: string }) => new RegExp(values.only).test(name);
const chosen = lines.filter(isChosen);
const needed = lines.filter(({ name }) => chosen.some((line) => line.name === name || line.against === name));
const ofOldSpace = oldSpaceLines.filter(isChosen);
const ofStarts = startLines.filter(isChosen);
const ofFirstRequests = firstRequestLines.filter(isChosen);
const tokens = countNewTokens(needed, counts);
const supply = await supplyTokens(tokens.small, tokens.large);
const { credentials } = supply;
const origin = await startRawWorker("lab/workers/origin.ts", {});
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const vars = {
  ...createPeerVars(supply.entraUrl, origin.url),
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
  SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)),
};

/** Measures lines one after another, each in processes of its own. */
async function measureEach<L extends { readonly name: string }>(
  of: readonly L[],
  measure: (line: L) => Promise<number>,
) {
  const found: Record<string, number> = {};
  for (const line of of) found[line.name] = await measure(line);
  return found;
}

const requests: (readonly Round[])[] = [];
const oldSpace: (readonly Round[])[] = [];
const starts: (readonly Round[])[] = [];
const firstRequests: (readonly FirstRound[])[] = [];
for (let process = 1; process <= processes; process += 1) {
  // A new process has no known tokens.
  requests.push(await measureRounds(needed, { ...counts, vars, credentials }));
  oldSpace.push([await measureEach(ofOldSpace, (line) => measureOldSpace(line, vars, credentials))]);
  starts.push([await measureEach(ofStarts, measureStart)]);
  if (ofFirstRequests.length > 0)
    firstRequests.push(await measureFirstRequests(ofFirstRequests, { vars, credentials, rounds: isolates }));
}
await origin.stop();

// A line that is only compared with may lack its own line to compare with.
const isMeasured = (other: string) => needed.some(({ name }) => name === other);
const report = createReport(
  needed.filter(({ against }) => isMeasured(against)),
  requests,
);
const tables = `${describeMachine()}; raw workerd. Each interval holds 90 % of the bootstrap.

Requests over 16 connections: trimmed mean of ${processes} × ${rounds} segments in random order

${describeLines(report)}

What a request adds to V8's old space: mean of ${processes} processes

${describeRounds(ofOldSpace, oldSpace, [{ head: "KB", digits: 2, read: (bytes) => bytes / 1_024 }])}

Start of one more isolate: mean of ${processes} processes

${describeRounds(ofStarts, starts, [{ head: "ms of processor time", digits: 1, read: (ms) => ms }])}

First request of an isolate: trimmed mean of ${processes} × ${isolates} isolates in random order

${describeRounds(ofFirstRequests, firstRequests, [
  { head: "ms of processor time", digits: 1, read: ({ ms }) => ms },
  { head: "ms until the answer", digits: 1, read: ({ waitMs }) => waitMs },
])}`;
console.log(`${tables}\n\n${describeGoals(report)}`);
if (values.write) writeToSpeedPage("table", tables);
process.exit(0);
