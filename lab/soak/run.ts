import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createGateVars } from "../../cli/common/gate-vars.ts";
import { serveFetch } from "../../cli/common/loopback.ts";
import { createEntra } from "../../entra/entra.ts";
import { createRandom } from "../../test/support/random.ts";
import { isolateHeapFlag, readResidentBytes } from "../process-memory.ts";
import { startRawWorker } from "../workerd.ts";
import { type Answer, createClient } from "./client.ts";
import { chooseKind, isSlow, type KindName, kinds, type Plan } from "./kinds.ts";
import type { Outcome } from "./oracle.ts";
import { createRecord, type Stretch, type Wrong } from "./record.ts";
import { createSupply, principalId } from "./supply.ts";
import { type Event, planEvents, runEvents } from "./timeline.ts";

export interface SoakInput {
  readonly seconds: number;
  readonly tokens: number;
  readonly seed: number;
  readonly connections: number;
  /** Events of the authority; those of `planEvents` if absent. */
  readonly events?: readonly Event[];
}

export interface SoakReport {
  readonly seconds: number;
  readonly tokens: number;
  readonly events: readonly Event[];
  readonly counts: ReadonlyMap<KindName, ReadonlyMap<Outcome, number>>;
  /** Responses that the oracle rejects, including hanging requests. */
  readonly wrong: readonly Wrong[];
  readonly stretches: readonly Stretch[];
  readonly keyFetches: number;
}

const stretchMs = 2_000;

/** Applies the load to a gate in workerd, and judges every answer. */
export async function soak({
  seconds,
  tokens,
  seed,
  connections,
  events = planEvents(seconds),
}: SoakInput): Promise<SoakReport> {
  const entra = createEntra();
  const [authority, origin] = await Promise.all([serveFetch(entra.fetch), startOrigin()]);
  const supply = await createSupply(entra, authority.url, tokens);
  const vars = createGateVars(authority.url, origin.url);
  const gate = await startRawWorker("lab/workers/soak.ts", vars, { v8Flags: [isolateHeapFlag] });
  const client = createClient(gate.url, connections);
  const startMs = Date.now();
  const record = createRecord(startMs, () => readResidentBytes(gate.pid));
  const random = createRandom(seed);
  let asked = 0;

  async function askOnce(): Promise<void> {
    const kind = chooseKind(random);
    const plan: Plan | undefined = kinds[kind].plan(supply, random);
    if (plan === undefined) return;
    asked += 1;
    const id = String(asked);
    const headers = {
      "x-soak-id": id,
      "x-ms-client-principal-id": "somebody-else",
      ...(plan.token !== undefined && { authorization: `Bearer ${plan.token}` }),
    };
    const { path, abortAfterMs, bodyBytes } = plan;
    const body = bodyBytes === undefined ? {} : { method: "POST" as const, body: Buffer.alloc(bodyBytes, "x") };
    const sentAtMs = Date.now();
    const clockMs = performance.now();
    const answer = await client.ask({
      method: "GET",
      path,
      headers,
      ...body,
      ...(abortAfterMs !== undefined && { abortAfterMs }),
    });
    const outcome = classify(answer, id, bodyBytes ?? 0, path);
    record.note(kind, outcome, isSlow(kind) ? undefined : performance.now() - clockMs);
    const right = plan.judge(sentAtMs);
    if (!right.includes(outcome)) record.noteWrong(kind, outcome, right);
  }

  async function keepAsking(): Promise<void> {
    while (Date.now() < startMs + seconds * 1_000) await askOnce();
  }

  const cutting = setInterval(record.cut, stretchMs);
  try {
    const happening = runEvents(events, supply, startMs);
    await Promise.all(Array.from({ length: connections }, keepAsking));
    await Promise.race([happening, delay(0)]);
    record.cut();
  } finally {
    clearInterval(cutting);
    client.close();
    await gate.stop();
    await authority.stop();
    origin.stop();
  }
  const { counts, wrong, stretches } = record;
  return { seconds, tokens, events, counts, wrong, stretches, keyFetches: entra.counts().total.keys };
}

/**
 * Describes an answer, and checks that it is complete. An answer of the origin must be for this request and this
 * principal.
 */
function classify(answer: Answer | "broken" | "hung", id: string, bytes: number, path: string): Outcome {
  if (typeof answer === "string") return answer;
  const { status, headers, body } = answer;
  if (status === 200) return isWhole(body, id, bytes, path) ? "200" : "200 with another's answer";
  if (headers["content-type"] !== "application/problem+json") return `${status} without problem details`;
  const error = /error="([^"]+)"/.exec(String(headers["www-authenticate"] ?? ""))?.[1];
  return error === undefined ? String(status) : `${status} ${error}`;
}

function isWhole(body: string, id: string, bytes: number, path: string): boolean {
  if (path === "/big") return body.length === 512 * 1024;
  const said: { id?: string; principal?: string; bytes?: number } = JSON.parse(body);
  return said.id === id && said.principal === principalId && said.bytes === bytes;
}

/** Starts the origin in its own process, which ends with this one. */
async function startOrigin() {
  const running = spawn(process.execPath, [path.join(import.meta.dirname, "origin.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(running.stdout, "data")) as [Buffer];
  return { url: line.toString().trim(), stop: () => running.stdin.end() };
}
