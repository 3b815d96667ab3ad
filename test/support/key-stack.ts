import type { Outage } from "../../entra/common/outage.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { startGateStack } from "./gate-runtime.ts";
import type { StackOptions } from "./stack.ts";

/** A gate and its authority, over HTTP. */
export interface KeyStack {
  /** A member's token. */
  issue(options?: AccessTokenOptions): Promise<string>;
  /** A member's token that is valid for more than a day, as with continuous access evaluation. */
  issueForDays(): Promise<string>;
  /** @param afterMs time of `test/gates/driven.ts` after the start of the stack */
  ask(token: string, init?: { readonly signal?: AbortSignal; readonly afterMs?: number }): Promise<Response>;
  /** Statuses of simultaneous requests, each with its count. */
  askAll(tokens: readonly string[], afterMs?: number): Promise<Readonly<Record<number, number>>>;
  startOutage(outage: Outage): Promise<void>;
  endOutage(): Promise<void>;
  rollOver(kind: "planned" | "emergency"): Promise<void>;
  switchKey(): Promise<void>;
  /** Counts of requests to the authority for keys and for its discovery document. */
  fetches(): Promise<{ readonly keys: number; readonly discovery: number }>;
  stop(): Promise<void>;
}

export async function startKeyStack(options?: StackOptions): Promise<KeyStack> {
  const { entraUrl, gateUrl, stop } = await startGateStack(options);
  const startMs = Date.now();
  const tell = async (path: string, body: object): Promise<string> => {
    const response = await fetch(`${entraUrl}/local/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const ask: KeyStack["ask"] = (token, { signal, afterMs } = {}) =>
    fetch(`${gateUrl}/orders`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(afterMs !== undefined && { "clock-ms": String(startMs + afterMs) }),
      },
      ...(signal && { signal }),
    });
  const issue = (token: AccessTokenOptions = {}) => tell("access-token", { persona: "member", ...token });
  return {
    issue,
    issueForDays() {
      const seconds = Math.floor(startMs / 1_000);
      return issue({ claims: { iat: seconds, nbf: seconds, exp: seconds + 28 * 3600 } });
    },
    ask,
    async askAll(tokens, afterMs) {
      const counts: Record<number, number> = {};
      const init = afterMs === undefined ? {} : { afterMs };
      for (const response of await Promise.all(tokens.map((token) => ask(token, init)))) {
        await response.body?.cancel();
        counts[response.status] = (counts[response.status] ?? 0) + 1;
      }
      return counts;
    },
    async startOutage(outage) {
      await tell("faults/startOutage", outage);
    },
    async endOutage() {
      await tell("faults/endOutage", {});
    },
    async rollOver(kind) {
      await tell("faults/rollOver", { kind });
    },
    async switchKey() {
      await tell("faults/switchKey", {});
    },
    async fetches() {
      const { total } = (await (await fetch(`${entraUrl}/local/counts`)).json()) as {
        total: { keys: number; discovery: number };
      };
      return { keys: total.keys, discovery: total.discovery };
    },
    stop,
  };
}

/** A token with the same claims and an unknown kid. Its signature is invalid, but the gate looks up the kid first. */
export function inventKids(token: string, count: number): readonly string[] {
  const [, ...rest] = token.split(".");
  return Array.from({ length: count }, (_, index) => {
    const header = JSON.stringify({ typ: "JWT", alg: "RS256", kid: `invented-${index}` });
    return [Buffer.from(header).toString("base64url"), ...rest].join(".");
  });
}
