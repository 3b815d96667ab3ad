import { createPeerVars } from "../../bench/peer-vars.ts";
import { bundleWorker } from "../../dev/bundle.ts";
import { startWorker } from "../../dev/worker-process.ts";
import type { AccessTokenOptions } from "../../src/testing/issuer.ts";
import type { Weather } from "../../src/testing/weather.ts";

/** One contender, new and cold, beside an authority of its own. */
export interface Trial {
  /** A member's token, good for 28 hours. */
  issue(options?: AccessTokenOptions): Promise<string>;
  /** Sends requests at once, one for each token. @returns their statuses, as `200 × 50, 401 × 3` */
  ask(tokens: readonly string[], afterMs?: number): Promise<string>;
  /** Sends one request and waits for nothing. @returns how to abort it */
  begin(token: string): () => void;
  tell(path: string, body: object): Promise<string>;
  /** A published key that does not sign by itself. @returns its kid */
  findSpareKey(): Promise<string>;
  setWeather(weather: Weather): Promise<void>;
  /** Takes a key out of the published set. */
  removeKey(kid: string): Promise<void>;
  /** Requests to the authority since the last time that this was asked: discovery, keys and what redirects lead to. */
  countFetches(): Promise<number>;
  stop(): Promise<void>;
}

const quiet = { port: 0, onLog: () => {} };

export async function startTrial(contender: string): Promise<Trial> {
  const { code } = await bundleWorker("dev/entra/worker.ts");
  const entra = await startWorker({ ...quiet, name: "entra", vars: {}, code });
  const vars = createPeerVars(entra.url);
  const bundle = await bundleWorker(`bench/workers/driven/${contender}.ts`);
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
    tell,
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
    async setWeather(weather) {
      await tell("weather", weather);
    },
    async removeKey(kid) {
      await send(`keys/${kid}`, { method: "DELETE" });
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

/** Statuses and how often each came, the smallest first. */
function tally(statuses: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status} × ${count}`)
    .join(", ");
}
