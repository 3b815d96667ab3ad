import { setTimeout as delay } from "node:timers/promises";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { createGateVars } from "../../cli/common/gate-vars.ts";
import { api } from "../../entra/directory/directory.ts";
import { createClient } from "../soak/client.ts";
import { startRawWorkers } from "../workerd.ts";
import { startAuthority } from "./authority.ts";
import { createClock } from "./clock.ts";
import type { Deployment, Trust } from "./settings.ts";
import { documentedSteps, runMinutes, type Step } from "./steps.ts";

export interface RotationInput {
  /** Duration of the run in minutes of real time. */
  readonly minutes: number;
  readonly requestsPerSecond: number;
  /** Those of the documentation if absent. */
  readonly steps?: readonly Step[];
}

/** What happened while one step was deployed. */
export interface StepReport {
  readonly name: string;
  readonly requests: number;
  /** Requests whose assertion each key signed, by the number of the key. */
  readonly signed: readonly [number, number];
  /** The same of client assertions that reached Entra. */
  readonly signedIn: readonly [number, number];
  /** Answers other than 200. */
  readonly refused: readonly string[];
}

export interface RotationReport extends RotationInput {
  /** Seconds of the run's clock in one second. */
  readonly speed: number;
  readonly steps: readonly Step[];
  readonly reports: readonly StepReport[];
}

/** Both versions of the gate answer for so long after a deployment. */
const overlapMs = 2_000;
const connections = 16;
const minuteMs = 60_000;

/** A key pair as variables have it. */
interface OwnKey {
  readonly kid: string;
  readonly secret: string;
  readonly shown: string;
}

async function makeKey(alg: "ES256" | "RS256"): Promise<OwnKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const shown: JWK = await exportJWK(publicKey);
  return {
    kid: await calculateJwkThumbprint(shown),
    secret: JSON.stringify(await exportJWK(privateKey)),
    shown: JSON.stringify(shown),
  };
}

const makeKeys = (alg: "ES256" | "RS256") => Promise.all([makeKey(alg), makeKey(alg)]);

/** Rotates both keys of a gate in workerd, while requests go through it to an origin that verifies them. */
export async function rotate(input: RotationInput): Promise<RotationReport> {
  const { minutes, requestsPerSecond, steps = documentedSteps } = input;
  const speed = runMinutes / minutes;
  const [signing, ofClient, workers] = await Promise.all([
    makeKeys("ES256"),
    makeKeys("RS256"),
    startRawWorkers(["lab/workers/rotating-gate.ts", "lab/workers/rotating-origin.ts"], {}),
  ]);
  const clock = { startMs: Date.now(), speed };
  const authority = await startAuthority(createClock(clock));
  const [gateUrl = "", originUrl = ""] = workers.ports.map((port) => `http://127.0.0.1:${port}`);
  const client = createClient(gateUrl, connections);
  const reports: { -readonly [Name in keyof StepReport]: StepReport[Name] }[] = [];
  const issue = () => authority.entra.issueAccessToken({ authority: authority.url, persona: "member" });

  async function tell(url: string, body: Deployment | Trust): Promise<void> {
    const { status } = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    if (status !== 204) throw new Error(`${url} answered ${status}`);
  }

  async function deploy({ name, signs, other }: Step): Promise<void> {
    const environment = {
      ...createGateVars(authority.url, originUrl),
      GATE_ISSUER: gateUrl,
      GATE_SIGNING_KEY: signing[signs].secret,
      ORIGIN_ASSERTION: "jwt",
      ENTRA_CLIENT_ID: api.clientId,
      ENTRA_CLIENT_KEY: ofClient[signs].secret,
      ENTRA_CLIENT_FEDERATION: "gate",
      ...(other !== undefined && {
        GATE_SIGNING_KEY_OTHER: signing[other].shown,
        ENTRA_CLIENT_KEY_OTHER: ofClient[other].shown,
      }),
    };
    await tell(`${gateUrl}/lab/deploy`, { clock, environment, overlapMs });
    reports.push({ name, requests: 0, signed: [0, 0], signedIn: [0, 0], refused: [] });
  }

  const count = (counts: readonly [number, number], keys: readonly OwnKey[], kid: string): [number, number] => [
    counts[0] + (keys[0]?.kid === kid ? 1 : 0),
    counts[1] + (keys[1]?.kid === kid ? 1 : 0),
  ];
  authority.onAssertion((kid) => {
    const report = reports.at(-1);
    if (report !== undefined) report.signedIn = count(report.signedIn, ofClient, kid);
  });

  async function ask(number: number, token: string): Promise<void> {
    const report = reports.at(-1)!;
    report.requests += 1;
    // One in ten needs a token of its own, for which the gate signs in at Entra. One in ten is a POST.
    const kind = number % 10;
    const path = kind === 0 ? "/inventory" : kind === 1 ? `/orders/${number}` : `/orders?page=${kind}`;
    const authorization = `Bearer ${kind === 0 ? await issue() : token}`;
    const answer = await client.ask({ method: kind === 2 ? "POST" : "GET", path, headers: { authorization } });
    const isGood = typeof answer !== "string" && answer.status === 200;
    if (isGood) report.signed = count(report.signed, signing, JSON.parse(answer.body).kid);
    else report.refused = [...report.refused, typeof answer === "string" ? answer : `${answer.status} ${answer.body}`];
  }

  const atMs = (step: Step | undefined) =>
    clock.startMs + ((step?.atMinutes ?? runMinutes) / runMinutes) * minutes * minuteMs;

  try {
    authority.entra.trustIssuer("api", {
      issuer: `${gateUrl}/.well-known/entra-gate/client`,
      subject: api.clientId,
    });
    await tell(`${originUrl}/lab/trust`, {
      clock,
      issuer: `${gateUrl}/.well-known/entra-gate/origin`,
      audience: originUrl,
    });
    const underWay = new Set<Promise<void>>();
    let [number, dueMs] = [0, Date.now()];
    for (const [index, step] of steps.entries()) {
      await deploy(step);
      // A token lives for an hour of the run's clock.
      const token = await issue();
      while (Date.now() < atMs(steps[index + 1])) {
        const asking = ask(number++, token).finally(() => underWay.delete(asking));
        underWay.add(asking);
        dueMs += 1_000 / requestsPerSecond;
        await delay(Math.max(0, dueMs - Date.now()));
      }
    }
    await Promise.all(underWay);
  } finally {
    client.close();
    await Promise.all([workers.stop(), authority.stop()]);
  }
  return { minutes, requestsPerSecond, speed, steps, reports };
}
