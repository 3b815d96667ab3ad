import type { Outage } from "../../entra/common/outage.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { bundleWorker } from "../../test/support/bundle.ts";
import { startWorker } from "../../test/support/worker-process.ts";
import { createPeerVars } from "../peer-vars.ts";

/** One new contender without keys, with its own authority. */
export interface Trial {
  /** A member's token, valid for 28 hours. */
  issue(options?: AccessTokenOptions): Promise<string>;
  /** Sends one request for each token at the same time. @returns their statuses, as `200 × 50, 401 × 3` */
  ask(tokens: readonly string[], afterMs?: number): Promise<string>;
  /** Sends one request and does not wait for it. @returns a function that aborts it */
  begin(token: string): () => void;
  /** Signs with a new key at once. */
  rollOver(): Promise<void>;
  /** Adds a published key that does not sign yet. @returns its kid */
  findSpareKey(): Promise<string>;
  startOutage(outage: Outage): Promise<void>;
  endOutage(): Promise<void>;
  /** Removes a key from the published set. */
  removeKey(kid: string): Promise<void>;
  /** Returns the requests to the authority since the last call: discovery, keys and the targets of redirects. */
  countFetches(): Promise<number>;
  stop(): Promise<void>;
}

const quiet = { port: 0, onLog: () => {} };

export async function startTrial(contender: string): Promise<Trial> {
  const { code } = await bundleWorker("entra/server/worker.ts");
  const entra = await startWorker({ ...quiet, name: "entra", vars: {}, code });
  const vars = createPeerVars(entra.url);
  const bundle = await bundleWorker(`lab/workers/driven/${contender}.ts`);
  const worker = await startWorker({ ...quiet, name: contender, vars, code: bundle.code });
  const seconds = Math.floor(Date.now() / 1_000);
  const claims = { iat: seconds, nbf: seconds, exp: seconds + 28 * 3600 };

  const send = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${entra.url}/local/${path}`, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.text();
  };
  const tell = (path: string, body: object) => send(path, { method: "POST", body: JSON.stringify(body) });

  return {
    issue: (options = {}) => tell("access-token", { persona: "member", claims, ...options }),
    async ask(tokens, afterMs = 0) {
      const statuses = await Promise.all(
        tokens.map(async (token) => {
          const headers = { authorization: `Bearer ${token}`, "clock-offset-ms": String(afterMs) };
          const response = await fetch(`${worker.url}/me`, { headers });
          await response.body?.cancel();
          return response.status;
        }),
      );
      return tally(statuses);
    },
    begin(token) {
      const controller = new AbortController();
      const headers = { authorization: `Bearer ${token}` };
      fetch(`${worker.url}/me`, { headers, signal: controller.signal }).catch(() => {});
      return () => controller.abort();
    },
    async findSpareKey() {
      const keys = JSON.parse(await send("keys")) as { kid: string; kind: string; signing: boolean }[];
      return keys.find(({ kind, signing }) => kind === "ordinary" && !signing)!.kid;
    },
    async rollOver() {
      await tell("faults/rollOver", { kind: "emergency" });
    },
    async startOutage(outage) {
      await tell("faults/startOutage", outage);
    },
    async endOutage() {
      await tell("faults/endOutage", {});
    },
    async removeKey(kid) {
      await tell("faults/removeKey", { kid });
    },
    async countFetches() {
      const { total } = JSON.parse(await send("counts")) as { total: Record<"discovery" | "keys" | "moved", number> };
      await send("counts", { method: "DELETE" });
      return total.discovery + total.keys + total.moved;
    },
    async stop() {
      await Promise.all([worker.stop(), entra.stop()]);
    },
  };
}

/** Counts statuses, the lowest first. */
function tally(statuses: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status} × ${count}`)
    .join(", ");
}
