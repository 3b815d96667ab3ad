// `npm run bench [-- --quick] [--only PATTERN] [--out FOLDER]`: the gate and its peers in one process of raw workerd.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { exportJWK, generateKeyPair } from "jose";
import { clients } from "../entra/directory/clients.ts";
import { api } from "../entra/directory/directory.ts";
import { appendHistory, readHistory } from "./history.ts";
import { lines } from "./lines.ts";
import { createPeerVars } from "./peer-vars.ts";
import { createReport, describeReport } from "./report.ts";
import { countNewTokens, measureRounds, type Round } from "./segments.ts";
import { supplyTokens } from "./tokens.ts";
import { startRawWorker } from "./workerd.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "." },
    out: { type: "string" },
  },
});
const { processes, rounds, warmUpRounds } = values.quick
  ? { processes: 1, rounds: 5, warmUpRounds: 2 }
  : { processes: 3, rounds: 9, warmUpRounds: 4 };

const chosen = lines.filter(({ name }) => new RegExp(values.only).test(name));
const needed = lines.filter(({ name }) => chosen.some((line) => line.name === name || line.against === name));
const supply = await supplyTokens(countNewTokens(needed, { rounds, warmUpRounds }));
const origin = await startRawWorker("lab/workers/origin.ts", {});
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const vars = {
  ...createPeerVars(supply.entraUrl, origin.url),
  KEYS: supply.keys,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
  SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)),
};

const measured: (readonly Round[])[] = [];
for (let process = 1; process <= processes; process += 1) {
  // A new process has no known tokens.
  measured.push(await measureRounds(needed, { rounds, warmUpRounds, vars, credentials: supply.credentials }));
}
await origin.stop();
// A line that is only compared with may lack its own line to compare with.
const isMeasured = (other: string) => needed.some(({ name }) => name === other);
const report = createReport(
  needed.filter(({ against }) => isMeasured(against)),
  measured,
);
const historyFile = path.join(import.meta.dirname, "history.jsonl");
console.log(describeReport(report, await readHistory(historyFile)));
if (values.out !== undefined) {
  await mkdir(values.out, { recursive: true });
  await writeFile(path.join(values.out, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  const ratios = Object.fromEntries(report.lines.map(({ name, ratio }) => [name, Number(ratio.value.toFixed(3))]));
  const { machine } = report;
  await appendHistory(historyFile, { date: new Date().toISOString().slice(0, 10), machine, ratios });
}
process.exit(0);
