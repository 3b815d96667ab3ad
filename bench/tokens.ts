import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEntra, type Entra } from "../dev/entra/entra.ts";
import type { Tokens } from "./contenders.ts";

/** Credentials for each kind of load. */
export type Credentials = Readonly<Record<Tokens, readonly string[]>>;

/** Credentials, and the authority that signed them. */
export interface TokenSupply {
  readonly entraUrl: string;
  /** The key set, as text. */
  readonly keys: string;
  /** Of the same kinds, but no credential of one is among the other's where it must be new. */
  readonly warmUp: Credentials;
  readonly measured: Credentials;
}

/**
 * Starts a local Entra on loopback and lets it sign.
 *
 * @param warmUpCount and measuredCount of new tokens
 */
export async function supplyTokens(warmUpCount: number, measuredCount: number, tenant: string): Promise<TokenSupply> {
  const entra = createEntra();
  const entraUrl = await serve(entra);
  const issue = (claims = {}) => entra.issueAccessToken({ authority: entraUrl, persona: "member", claims });
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const expired = await issue({ iat: nowSeconds - 7_200, nbf: nowSeconds - 7_200, exp: nowSeconds - 3_600 });
  const known = await issue();
  const keys = await entra.fetch(new Request(`${entraUrl}/${tenant}/discovery/v2.0/keys`));
  const supply = async (count: number) => {
    const fresh = await issueMany(count, issue);
    return {
      none: [],
      known: bearer([known]),
      new: bearer(fresh),
      expired: bearer([expired]),
      "bad-signature": bearer(fresh.map(spoil)),
    };
  };
  return {
    entraUrl,
    keys: await keys.text(),
    warmUp: await supply(warmUpCount),
    measured: await supply(measuredCount),
  };
}

const bearer = (tokens: readonly string[]) => tokens.map((token) => `Bearer ${token}`);

/** Issues distinct tokens, some at a time. */
export async function issueMany(count: number, issue: () => Promise<string>): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) tokens.push(...(await Promise.all(Array.from({ length: 100 }, () => issue()))));
  return tokens.slice(0, count);
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
function spoil(token: string): string {
  const index = token.length - 100;
  return `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
}

/** Serves an authority on loopback. @returns its origin */
export async function serve(entra: Entra): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const response = await entra.fetch(new Request(`http://${incoming.headers.host}${incoming.url}`));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
