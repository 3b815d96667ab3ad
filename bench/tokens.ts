import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEntra, type Entra } from "../dev/entra/entra.ts";
import type { Tokens } from "./contenders.ts";

/** Credentials for each kind of load, and the authority that signed them. */
export interface TokenSupply {
  readonly entraUrl: string;
  /** The key set, as text. */
  readonly keys: string;
  readonly credentials: Readonly<Record<Tokens | "warm-up", readonly string[]>>;
}

const warmUpCount = 50;

/**
 * Starts a local Entra on loopback and lets it sign.
 *
 * @param count distinct new tokens, and distinct ones with a bad signature
 */
export async function supplyTokens(count: number, tenant: string): Promise<TokenSupply> {
  const entra = createEntra();
  const entraUrl = await serve(entra);
  const issue = (claims = {}) => entra.issueAccessToken({ authority: entraUrl, persona: "member", claims });
  const fresh = await issueMany(count, issue);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const expired = await issue({ iat: nowSeconds - 7_200, nbf: nowSeconds - 7_200, exp: nowSeconds - 3_600 });
  const keys = await entra.fetch(new Request(`${entraUrl}/${tenant}/discovery/v2.0/keys`));
  return {
    entraUrl,
    keys: await keys.text(),
    credentials: {
      none: [],
      known: bearer([await issue()]),
      new: bearer(fresh),
      expired: bearer([expired]),
      "bad-signature": bearer(fresh.map(spoil)),
      "warm-up": bearer(await issueMany(warmUpCount, issue)),
    },
  };
}

const bearer = (tokens: readonly string[]) => tokens.map((token) => `Bearer ${token}`);

async function issueMany(count: number, issue: () => Promise<string>): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) tokens.push(...(await Promise.all(Array.from({ length: 100 }, () => issue()))));
  return tokens.slice(0, count);
}

/** Another character in the middle of the signature. */
function spoil(token: string): string {
  const index = token.length - 100;
  return `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
}

async function serve(entra: Entra): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const response = await entra.fetch(new Request(`http://${incoming.headers.host}${incoming.url}`));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
