import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import autocannon from "autocannon";

export interface Load {
  /** With the query. */
  readonly path: string;
  /** Values of the `Authorization` header, one after the other, over and over. Empty: none is sent. */
  readonly credentials: readonly string[];
  readonly seconds: number;
  /** Status that every answer must have. */
  readonly status: number;
  /** No credential may be sent twice: running out of them is an error. */
  readonly once: boolean;
}

/** What came of it. */
export interface Counts {
  readonly requests: number;
  readonly seconds: number;
  /** Answers of 400 and above. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly broken: number;
}

const connections = 16;
const script = path.join(import.meta.dirname, "wrk.lua");

/** Where wrk is installed it is used: it takes a fraction of a core, autocannon a whole one. */
export const tool = spawnSync("wrk", ["--version"]).error === undefined ? "wrk" : "autocannon";

/**
 * Asks over kept-alive connections as fast as answers come.
 *
 * @param origin of the worker
 * @throws Error where an answer is not as expected: a benchmark of errors says nothing
 */
export async function applyLoad(origin: string, load: Load): Promise<Counts> {
  const { path: target, status, once } = load;
  const url = `${origin}${target}`;
  const [credential] = load.credentials;
  const credentials = once ? load.credentials.slice(1) : load.credentials;
  const probe = await fetch(url, { headers: credential === undefined ? {} : { authorization: credential } });
  await probe.body?.cancel();
  if (probe.status !== status) throw new Error(`${url} answered ${probe.status}, not ${status}`);
  const counts = await (tool === "wrk" ? runWrk : runAutocannon)(url, credentials, load.seconds);
  const { requests, refused, broken } = counts;
  if (broken > 0 || refused !== (status >= 400 ? requests : 0)) throw new Error(`${url}: ${JSON.stringify(counts)}`);
  if (once && requests > credentials.length)
    throw new Error(`${url}: ${credentials.length} tokens for ${requests} requests`);
  return counts;
}

async function runWrk(url: string, credentials: readonly string[], seconds: number): Promise<Counts> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-load-"));
  const file = path.join(directory, "credentials");
  await writeFile(file, credentials.map((credential) => `${credential}\n`).join(""));
  const options = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, url, "--", file];
  const { stdout } = await promisify(execFile)("wrk", options);
  await rm(directory, { recursive: true });
  const [requests = 0, microseconds = 0, refused = 0, broken = 0] =
    /^counts (.*)$/m.exec(stdout)?.[1]?.split(" ").map(Number) ?? [];
  return { requests, seconds: microseconds / 1_000_000, refused, broken };
}

async function runAutocannon(url: string, credentials: readonly string[], seconds: number): Promise<Counts> {
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method: "GET",
        setupRequest(request) {
          const credential = credentials[next % credentials.length];
          next += 1;
          return credential === undefined
            ? request
            : { ...request, headers: { ...request.headers, authorization: credential } };
        },
      },
    ],
  });
  const { "4xx": clientErrors, "5xx": serverErrors, errors, duration } = result;
  return {
    requests: result["2xx"] + clientErrors + serverErrors,
    seconds: duration,
    refused: clientErrors + serverErrors,
    broken: errors,
  };
}
