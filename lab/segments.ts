import { setTimeout } from "node:timers/promises";
import { type Client, openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import type { Line } from "./lines.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { shuffle } from "./pacing/sequence.ts";
import type { Credentials } from "./tokens.ts";
import { startRawWorkers } from "./workerd.ts";

/** Processor time of the worker's process for one job of each line, in microseconds, by the name of the line. */
export type Round = Readonly<Record<string, number>>;

export interface SegmentOptions {
  readonly rounds: number;
  /** Rounds before the measured ones. */
  readonly warmUpRounds: number;
  readonly vars: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
}

/** Until workerd has accepted the connections. */
const settleMs = 5;

/** How many new tokens a line sends in all rounds: small ones, and large ones. */
export function countNewTokens(
  lines: readonly Line[],
  { rounds, warmUpRounds }: Pick<SegmentOptions, "rounds" | "warmUpRounds">,
): { readonly small: number; readonly large: number } {
  const count = (chosen: readonly Line[]) => Math.max(1, ...chosen.map(({ jobs }) => jobs)) * (rounds + warmUpRounds);
  return {
    small: count(lines.filter(({ tokens }) => tokens === "new" || tokens === "twice" || tokens === "bad-signature")),
    large: count(lines.filter(({ tokens }) => tokens === "large")),
  };
}

/**
 * Measures lines in one process. A round has one short segment of each line, in random order, so that all lines see the
 * same changes of the machine's speed.
 */
export async function measureRounds(lines: readonly Line[], options: SegmentOptions): Promise<readonly Round[]> {
  const { rounds, warmUpRounds, vars, credentials } = options;
  const entries = lines.map(({ worker }) => `lab/workers/${worker}.ts`);
  const { ports, pid, stop } = await startRawWorkers(entries, vars);
  try {
    const measured: Round[] = [];
    for (let round = 0; round < warmUpRounds + rounds; round += 1) {
      const times: Record<string, number> = {};
      for (const index of shuffle(lines.map((_, position) => position))) {
        const line = lines[index] as Line;
        const jobs = writeJobs(line, credentials, round);
        // workerd closes a connection without requests after some seconds.
        const client = await openClient(ports[index] as number);
        await setTimeout(settleMs);
        times[line.name] = await measureSegment(pid, client, jobs, line.status);
        client.close();
      }
      if (round >= warmUpRounds) measured.push(times);
    }
    return measured;
  } finally {
    await stop();
  }
}

async function measureSegment(
  pid: number,
  client: Client,
  jobs: readonly (readonly Buffer[])[],
  status: number,
): Promise<number> {
  const beforeUs = readProcessorUs(pid);
  await client.send(jobs, status);
  return (readProcessorUs(pid) - beforeUs) / jobs.length;
}

function writeJobs(line: Line, credentials: Credentials, round: number): readonly (readonly Buffer[])[] {
  const { tokens, jobs, path, isVaried, body, headers } = line;
  const write = (authorization: string | undefined, number = 0) =>
    writeRequest({
      method: body === undefined ? "GET" : "POST",
      path: isVaried ? `${path}?${round}-${number}` : path,
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { "content-type": body.type }),
      },
      ...(body !== undefined && { body: body.content }),
    });
  const list = credentials[tokens];
  if (tokens === "known" || tokens === "none" || tokens === "long" || tokens === "expired") {
    return Array.from({ length: jobs }, (_, number) => [write(list[0], number)]);
  }
  const taken = list.slice(round * jobs, (round + 1) * jobs);
  if (taken.length < jobs) throw new Error(`${line.name} needs ${jobs} tokens in round ${round}`);
  return taken.map((credential) => (tokens === "twice" ? [write(credential), write(credential)] : [write(credential)]));
}
