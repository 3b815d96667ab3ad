// Measures what the option `spans` costs for a request that is not recorded, and what the one call of the platform in
// it costs. All gates are in one isolate of workerd, because two isolates with the same code differ by more. Linux
// only. node lab/measure-spans.ts [ROUNDS]
import { openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { shuffle } from "./pacing/sequence.ts";
import { createPeerVars } from "./peer-vars.ts";
import { bootstrap, describeEstimate, median } from "./statistics.ts";
import { supplyTokens } from "./tokens.ts";
import { startRawWorkers } from "./workerd.ts";

const base = "without spans";
const others = ["without spans, again", "spans not recorded", "the platform's call alone"] as const;
const processes = 9;
const rounds = Number(process.argv[2] ?? 100);
const warmUpRounds = 20;
const times = 1_000;

/** Processor time of one repetition in microseconds, by name. */
type Round = Readonly<Record<string, number>>;

const supply = await supplyTokens(1);
const vars = createPeerVars(supply.entraUrl);
const [authorization = ""] = supply.credentials.known;

async function measureProcess(): Promise<readonly Round[]> {
  const { ports, pid, stop } = await startRawWorkers(["lab/workers/spans.ts"], vars);
  const client = await openClient(ports[0] as number, 1);
  const measured: Round[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const microseconds: Record<string, number> = {};
    for (const name of shuffle([base, ...others])) {
      const headers = { authorization, "x-lab": name, "x-lab-times": String(times) };
      const job = [writeRequest({ method: "GET", path: "/me", headers })];
      const beforeUs = readProcessorUs(pid);
      await client.send([job], 200);
      microseconds[name] = (readProcessorUs(pid) - beforeUs) / times;
    }
    if (round >= warmUpRounds) measured.push(microseconds);
  }
  client.close();
  await stop();
  return measured;
}

const measured: (readonly Round[])[] = [];
for (let process = 1; process <= processes; process += 1) measured.push(await measureProcess());

const describe = (name: string, read: (round: Round) => number) => {
  const cost = bootstrap(measured, (chosen) => median(chosen.map(read)));
  console.log(`${name.padEnd(40)} ${describeEstimate(cost, 2)} us`);
};
describe(base, (round) => round[base] as number);
for (const name of others) {
  const isAlone = name === "the platform's call alone";
  describe(
    isAlone ? name : `${name}, minus ${base}`,
    (round) => (round[name] as number) - (isAlone ? 0 : (round[base] as number)),
  );
}
process.exit(0);
