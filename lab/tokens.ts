import { getRequestListener } from "@hono/node-server";
import { serve } from "../cli/common/loopback.ts";
import { createEntra } from "../entra/entra.ts";
import type { Tokens } from "./lines.ts";

/** Credentials for each kind of load. */
export type Credentials = Readonly<Record<Tokens, readonly string[]>>;

/** Credentials, and the authority that signed them. */
export interface TokenSupply {
  readonly entraUrl: string;
  readonly credentials: Credentials;
}

/**
 * Starts a local Entra on loopback and lets it sign.
 *
 * @param count of new tokens
 * @param largeCount of new tokens of 11 KB, with as many groups as Entra lists at most
 */
export async function supplyTokens(count: number, largeCount = 0): Promise<TokenSupply> {
  const entra = createEntra();
  const { url: entraUrl } = await serve(getRequestListener(entra.fetch));
  const issue = (claims = {}) => entra.issueAccessToken({ authority: entraUrl, persona: "member", claims });
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const expired = await issue({ iat: nowSeconds - 7_200, nbf: nowSeconds - 7_200, exp: nowSeconds - 3_600 });
  const known = await issue();
  const fresh = await issueMany(count, issue);
  const groups = Array.from({ length: groupsOfLarge }, () => crypto.randomUUID());
  const large = await issueMany(largeCount, () => issue({ groups }));
  return {
    entraUrl,
    credentials: {
      none: [],
      known: bearer([known]),
      new: bearer(fresh),
      large: bearer(large),
      twice: bearer(fresh),
      long: bearer(["a".repeat(32 * 1024)]),
      expired: bearer([expired]),
      "bad-signature": bearer(fresh.map(spoil)),
    },
  };
}

const groupsOfLarge = 200;

const bearer = (tokens: readonly string[]) => tokens.map((token) => `Bearer ${token}`);

/** Tokens signed at the same time. More would delay a load that runs in parallel. */
const batch = 20;

/** Issues distinct tokens. */
export async function issueMany(count: number, issue: () => Promise<string>): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const length = Math.min(batch, count - tokens.length);
    tokens.push(...(await Promise.all(Array.from({ length }, () => issue()))));
  }
  return tokens;
}

/**
 * Sends each token once, some at a time.
 *
 * @throws Error where an answer is not 200
 */
export async function sendEach(url: string, tokens: readonly string[]): Promise<void> {
  for (let at = 0; at < tokens.length; at += 50) {
    const sending = tokens.slice(at, at + 50).map(async (token) => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      await response.body?.cancel();
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    });
    await Promise.all(sending);
  }
}

/** Another character in the middle of the signature. */
export function spoil(token: string): string {
  const index = token.length - 100;
  return `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
}
