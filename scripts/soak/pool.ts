import type { Entra } from "../../dev/entra/entra.ts";
import type { AccessTokenOptions } from "../../dev/entra/issuer.ts";

/** Tokens signed by one key, and what became of that key. */
export interface Pool {
  readonly tokens: readonly string[];
  readonly kid: string;
  /** When the authority began to publish the key. */
  readonly publishedAtMs: number;
  /** When it stopped. */
  removedAtMs?: number;
}

/** Signed at a time: more would keep the load from being applied meanwhile. */
const batch = 20;

/** Issues tokens, each of its own. */
export async function issueMany(entra: Entra, count: number, options: AccessTokenOptions): Promise<readonly string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const size = Math.min(batch, count - tokens.length);
    tokens.push(...(await Promise.all(Array.from({ length: size }, () => entra.issueAccessToken(options)))));
  }
  return tokens;
}

export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
