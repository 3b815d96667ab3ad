import { personas } from "../../entra/directory/personas.ts";
import type { Entra } from "../../entra/entra.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { issueMany } from "../tokens.ts";
import type { Failure, Pool } from "./oracle.ts";

export const principalId = personas.member.oid;

/** Tokens of every kind, and the events of their keys. */
export interface Supply {
  /** Tokens of a key that is published all the time. */
  readonly steady: Pool;
  /** Tokens of the newest key. */
  rolled: Pool;
  /** Tokens of the removed key; empty until a key is removed. */
  removed: Pool;
  readonly expired: readonly string[];
  readonly foreign: readonly string[];
  readonly withoutScope: readonly string[];
  readonly apps: readonly string[];
  failure: Failure;
  /** A new key signs at once, and the last key is removed. */
  rollOverInEmergency(): Promise<void>;
  /** The next key is published. */
  publishNext(): Promise<void>;
  /** The next key signs from now on. */
  switchToNext(): Promise<void>;
  /** The keys are unavailable for a while. */
  fail(kind: "down" | "slow" | "html" | "oversize", durationMs: number): void;
}

const fewTokens = 50;
const hourSeconds = 3_600;

/** @param count of tokens in the steady pool, and in each other pool */
export async function createSupply(entra: Entra, authority: string, count: number): Promise<Supply> {
  const issue = (size: number, options: AccessTokenOptions = {}) =>
    issueMany(size, () => entra.issueAccessToken({ authority, persona: "member", ...options }));
  const [steadyKey, rolledKey] = (await entra.keys()).filter(({ kind }) => kind === "ordinary").map(({ kid }) => kid);
  if (steadyKey === undefined || rolledKey === undefined) throw new TypeError("the local Entra has too few keys");
  const rolledCount = Math.ceil(count / 10);
  const createPool = async (kid: string, size: number, publishedAtMs: number): Promise<Pool> => ({
    kid,
    publishedAtMs,
    tokens: await issue(size, { key: kid }),
  });
  const agoSeconds = Math.floor(Date.now() / 1_000) - 2 * hourSeconds;
  let next: { readonly kid: string; readonly publishedAtMs: number } | undefined;

  const supply: Supply = {
    steady: await createPool(steadyKey, count - rolledCount, 0),
    rolled: await createPool(rolledKey, rolledCount, 0),
    removed: { kid: "", tokens: [], publishedAtMs: 0, removedAtMs: 0 },
    expired: await issue(fewTokens, {
      key: steadyKey,
      claims: { iat: agoSeconds, nbf: agoSeconds, exp: agoSeconds + hourSeconds },
    }),
    foreign: await issue(fewTokens, { key: steadyKey, tenant: "fabrikam", persona: "outsider" }),
    withoutScope: await issue(fewTokens, { key: steadyKey, scopes: ["orders.read"] }),
    apps: await issueMany(fewTokens, () => entra.issueAccessToken({ key: steadyKey, authority, client: "daemon" })),
    failure: { failingFromMs: 0, failingUntilMs: -Infinity },
    async rollOverInEmergency() {
      const publishedAtMs = Date.now();
      const rolled = await createPool(await entra.rollOver("emergency"), rolledCount, publishedAtMs);
      const removed = supply.rolled;
      removed.removedAtMs = Date.now();
      await entra.removeKey(removed.kid);
      Object.assign(supply, { removed, rolled });
    },
    async publishNext() {
      const publishedAtMs = Date.now();
      next = { kid: await entra.rollOver("planned"), publishedAtMs };
    },
    async switchToNext() {
      if (next === undefined) throw new TypeError("no key was published");
      await entra.switchKey();
      supply.rolled = await createPool(next.kid, rolledCount, next.publishedAtMs);
    },
    fail(kind, durationMs) {
      const failingFromMs = Date.now();
      supply.failure = { failingFromMs, failingUntilMs: failingFromMs + durationMs };
      entra.setOutage(kind === "slow" ? { kind, delayMs: 5_000 } : { kind });
      setTimeout(() => entra.setOutage({ kind: "ok" }), durationMs).unref();
    },
  };
  return supply;
}
