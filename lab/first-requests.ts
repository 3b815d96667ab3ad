import { setTimeout } from "node:timers/promises";
import { serve } from "../cli/common/loopback.ts";
import { openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import { readProcessorUs } from "./pacing/processor.ts";
import { shuffle } from "./pacing/sequence.ts";
import type { SegmentOptions } from "./segments.ts";
import { startRawWorker, startRawWorkers } from "./workerd.ts";

/** What the Cache API of a worker does: it has the keys of the authority, it has none, or it never answers. */
type CacheKind = "hit" | "miss" | "hung";

/** One line of the table: a worker whose isolates each get their first request. */
export interface FirstRequestLine {
  readonly name: string;
  /** File in lab/workers. */
  readonly worker: string;
  /** Without it, the worker does not use the Cache API. */
  readonly cache?: CacheKind;
}

/** The first request of one isolate. */
export interface FirstRequest {
  /** Processor time of the process, with what the worker does after its answer. */
  readonly ms: number;
  /** From the request to its answer. */
  readonly waitMs: number;
}

/** One isolate of each line, by the name of the line. */
export type FirstRound = Readonly<Record<string, FirstRequest>>;

const gate = { worker: "gate" } as const;

export const firstRequestLines: readonly FirstRequestLine[] = [
  { name: "plain Hono", worker: "hono" },
  { name: "Hono with jose", worker: "hono-jose" },
  { ...gate, name: "gate, the cache has the keys", cache: "hit" },
  { ...gate, name: "gate, the cache has no keys", cache: "miss" },
  { ...gate, name: "gate, the cache does not answer", cache: "hung" },
];

/** The first isolates of a process initialize what all of them share. */
const warmUpRounds = 1;
/** Until a worker has done everything that it does after its answer. */
const settleMs = 50;
/** A cache that hangs is given up after this time at the latest. */
const settleOfHungMs = 600;

/** Measures the first requests of isolates, in one process, in random order. */
export async function measureFirstRequests(
  lines: readonly FirstRequestLine[],
  { vars, credentials, rounds }: Omit<SegmentOptions, "warmUpRounds">,
): Promise<readonly FirstRound[]> {
  const request = writeRequest({ path: "/me", headers: { authorization: credentials.known[0] as string } });
  const caches = await startCaches(vars, request);
  const isolates = Array.from({ length: warmUpRounds + rounds }, () => lines).flat();
  const { ports, pid, stop } = await startRawWorkers(
    isolates.map(({ worker }) => `lab/workers/${worker}.ts`),
    vars,
    { caches: isolates.map(({ cache }) => cache && caches.urls[cache]) },
  );
  const measured: FirstRound[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const found: Record<string, FirstRequest> = {};
    for (const position of shuffle(lines.map((_, index) => index))) {
      const { name, cache } = lines[position]!;
      const client = await openClient(ports[round * lines.length + position] as number, 1);
      await setTimeout(settleMs);
      const beforeUs = readProcessorUs(pid);
      const startMs = performance.now();
      await client.send([[request]], 200);
      const waitMs = performance.now() - startMs;
      await setTimeout(cache === "hung" ? settleOfHungMs : settleMs);
      client.close();
      found[name] = { ms: (readProcessorUs(pid) - beforeUs) / 1_000, waitMs };
    }
    if (round >= warmUpRounds) measured.push(found);
  }
  await stop();
  await caches.stop();
  return measured;
}

/**
 * Starts a server for each kind of cache. workerd asks it with GET for an entry, and writes one with PUT, as a whole
 * response.
 */
async function startCaches(vars: Readonly<Record<string, string>>, request: Buffer) {
  const entries = new Map<string | undefined, Buffer>();
  const miss = await serve(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    if (incoming.method === "PUT") entries.set(incoming.url, readBody(Buffer.concat(parts)));
    response.writeHead(incoming.method === "PUT" ? 204 : 504, { "cf-cache-status": "MISS" }).end();
  });
  const hit = await serve(({ url }, response) =>
    response.writeHead(200, { "cf-cache-status": "HIT" }).end(entries.get(url)),
  );
  const hung = await serve(() => {});
  const { url, stop } = await startRawWorker("lab/workers/gate.ts", vars, { caches: [miss.url] });
  const client = await openClient(Number(new URL(url).port), 1);
  await client.send([[request]], 200);
  await setTimeout(settleMs);
  if (entries.size === 0) throw new Error("the gate wrote no keys into its cache");
  client.close();
  await stop();
  return {
    urls: { hit: hit.url, miss: miss.url, hung: hung.url },
    stop: () => Promise.all([hit.stop(), miss.stop(), hung.stop()]),
  };
}

function readBody(response: Buffer): Buffer {
  return response.subarray(response.indexOf("\r\n\r\n") + 4);
}
