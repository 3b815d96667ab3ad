import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGateVars } from "../../../cli/common/gate-vars.ts";
import { serveInDeno } from "../../support/deno/serve.ts";
import { type HttpsEntra, startHttpsEntra } from "./support/https-entra.ts";

const entry = "test/gates/hono.ts";
let local: HttpsEntra;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  local = await startHttpsEntra();
});
afterAll(async () => {
  worker?.kill();
  await local.stop();
});

/** Starts the gate in workerd, as `wrangler dev` does. @returns its address */
async function startInWorkerd(): Promise<string> {
  const program = path.join(import.meta.dirname, "support/serve-worker.ts");
  worker = spawn(process.execPath, [program, entry, JSON.stringify(createGateVars(local.url))], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: local.certificate },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(worker.stdout!), "line");
  return line;
}

/** Statuses for a caller with a token of the https authority, with one of another tenant, and without a token. */
async function askAll(gateUrl: string): Promise<readonly number[]> {
  const ask = async (token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${gateUrl}/default`, { headers })).status;
  };
  const issue = (persona: string) => local.entra.issueAccessToken({ authority: local.url, persona });
  return [await ask(await issue("member")), await ask(await issue("outsider")), await ask()];
}

it("accepts tokens of the https authority in workerd, which trusts what NODE_EXTRA_CA_CERTS names", async () => {
  expect(await askAll(await startInWorkerd())).toEqual([200, 401, 401]);
});

it("accepts tokens of the https authority in Deno, which trusts what DENO_CERT names", async () => {
  const gate = await serveInDeno(entry, { ...createGateVars(local.url), DENO_CERT: local.certificate });
  try {
    expect(await askAll(gate.url)).toEqual([200, 401, 401]);
  } finally {
    await gate.stop();
  }
});
