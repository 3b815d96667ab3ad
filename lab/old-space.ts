import { setTimeout } from "node:timers/promises";
import { type Job, openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import type { Tokens } from "./lines.ts";
import { isolateHeapFlag } from "./process-memory.ts";
import type { Credentials } from "./tokens.ts";
import { startRawWorkers } from "./workerd.ts";

/** One line of the table: a worker, and the tokens of its requests. */
export interface OldSpaceLine {
  readonly name: string;
  /** File in lab/workers. */
  readonly worker: string;
  readonly path: string;
  readonly tokens: Extract<Tokens, "known" | "new" | "large" | "bad-signature">;
}

const peer = { path: "/me" } as const;
/** The handler reads the caller, so that the gate creates all that a handler can read. */
const gate = { worker: "gate", path: "/caller" } as const;

export const oldSpaceLines: readonly OldSpaceLine[] = [
  { ...peer, name: "plain Hono", worker: "hono", tokens: "known" },
  { ...gate, name: "gate, known token", tokens: "known" },
  { ...peer, name: "Hono with jose, new token", worker: "hono-jose", tokens: "new" },
  { ...gate, name: "gate, new token", tokens: "new" },
  { ...peer, name: "Hono with jose, new token of 11 KB", worker: "hono-jose", tokens: "large" },
  { ...gate, name: "gate, new token of 11 KB", tokens: "large" },
  { ...peer, name: "Hono with jose, forged token", worker: "hono-jose", tokens: "bad-signature" },
  { ...gate, name: "gate, forged token", tokens: "bad-signature" },
];

const warmUpRequests = 4_000;
const knownRequests = 20_000;
/** Until all lines of V8 have arrived. */
const settleMs = 50;

/**
 * Measures by how much each request lets V8's old space grow, until the next major collection: what survived two
 * scavenges, and what V8 allocates there at once. The worker has a process of its own.
 *
 * @returns bytes of a request
 */
export async function measureOldSpace(
  { worker, path, tokens }: OldSpaceLine,
  vars: Readonly<Record<string, string>>,
  credentials: Credentials,
): Promise<number> {
  let grownBytes = 0;
  let lastBytes: number | undefined;
  const { ports, stop } = await startRawWorkers([`lab/workers/${worker}.ts`], vars, {
    v8Flags: [isolateHeapFlag, "--trace-gc", "--trace-gc-nvp"],
    onLine(line) {
      const collection = readCollection(line);
      if (collection === undefined) return;
      const { beforeBytes, afterBytes, isMajor } = collection;
      grownBytes += (isMajor ? beforeBytes : afterBytes) - (lastBytes ?? beforeBytes);
      lastBytes = afterBytes;
    },
  });
  const client = await openClient(ports[0] as number);
  const writeJob = (authorization: string): Job => [writeRequest({ path, headers: { authorization } })];
  const known = writeJob(credentials.known[0] as string);
  const measured = tokens === "known" ? Array<Job>(knownRequests).fill(known) : credentials[tokens].map(writeJob);
  await client.send(Array<Job>(warmUpRequests).fill(known), 200);
  await setTimeout(settleMs);
  grownBytes = 0;
  await client.send(measured, tokens === "bad-signature" ? 401 : 200);
  await setTimeout(settleMs);
  client.close();
  await stop();
  return grownBytes / measured.length;
}

interface Collection {
  /** Size of the old space. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly isMajor: boolean;
}

/** Reads what V8 prints with `--trace-gc-nvp`. */
function readCollection(line: string): Collection | undefined {
  const [, kind] = /"gc":"(\w+)"/.exec(line) ?? [];
  if (kind === undefined) return undefined;
  const read = (name: string) => Number(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1]);
  return {
    beforeBytes: read("start_old_gen_consumed_size"),
    afterBytes: read("end_old_gen_consumed_size"),
    isMajor: kind !== "s",
  };
}
