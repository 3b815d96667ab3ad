// `node lab/collections.ts`: how long major garbage collections take in plain Hono, in the least that a known token
// needs, in a gate with a full cache and in one with 2,000 tokens, in raw workerd under 16 connections. One worker runs
// at a time, and one in a hundred requests has a new token. lab/latency.ts shows what callers feel of these pauses.
// Linux only.

import { createGateVars } from "../cli/common/gate-vars.ts";
import { openClient } from "./client.ts";
import { writeRequest } from "./connection.ts";
import { collectionsHead, describePauses, startObserved } from "./pacing/garbage.ts";
import { describeMachine } from "./report.ts";
import { supplyTokens } from "./tokens.ts";

/** More tokens than the cache of 24 MiB holds. */
const fillingTokens = 12_000;
const liveTokens = 2_000;
const newTokenEvery = 100;
/**
 * The first collection moves what the start has left, and takes up to four times as long. It comes before this many
 * requests.
 */
const warmUpRequests = 50_000;
const measuredRequests = 80_000;

const total = warmUpRequests + measuredRequests;
const { entraUrl, credentials } = await supplyTokens(fillingTokens + total / newTokenEvery);
const jobs = credentials.new.map((authorization) => [
  writeRequest({ method: "GET", path: "/me", headers: { authorization } }),
]);
/** The last tokens that fill the cache are the live ones. */
const live = jobs.slice(fillingTokens - liveTokens, fillingTokens);

async function measure(name: string, entry: string, filling: typeof jobs): Promise<void> {
  const worker = await startObserved(`lab/workers/${entry}.ts`, createGateVars(entraUrl), [], true);
  const client = await openClient(worker.port);
  let nextNew = fillingTokens;
  const load = (requests: number) =>
    client.send(
      Array.from({ length: requests }, (_, index) =>
        index % newTokenEvery === 0 ? jobs[nextNew++]! : live[index % liveTokens]!,
      ),
      200,
    );
  await client.send(filling, 200);
  await load(warmUpRequests);
  worker.pauses.length = 0;
  await load(measuredRequests);
  console.log(describePauses(name, worker.pauses, measuredRequests));
  client.close();
  await worker.stop();
}

console.log(`${describeMachine()}; raw workerd\n\n${collectionsHead}`);
await measure("plain Hono", "hono", []);
await measure("minimum of a known token", "known-minimum", live);
await measure("gate, full cache", "gate", jobs.slice(0, fillingTokens));
await measure("gate, 2,000 tokens", "gate", live);
await measure("plain Hono again", "hono", []);
process.exit(0);
