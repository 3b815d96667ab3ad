import { createEntra, type Entra } from "../../entra/entra.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { frozenNowSeconds } from "./io.ts";
import { reuseKeyPairs } from "./key-pairs.ts";

/** A local Entra with a frozen clock, for all files of a process: creating its keys takes longer than most tests. */
export const entra: Entra = createEntra({ nowSeconds: () => frozenNowSeconds, makeKeyPair: reuseKeyPairs() });

export const bearer = async (options?: AccessTokenOptions) => `Bearer ${await entra.issueAccessToken(options)}`;

const tokens = new Map<string, Promise<string>>();

/** A token of the local Entra. Equal options give the same token, which is signed once. */
export function tokenOf(options: AccessTokenOptions = {}): Promise<string> {
  const key = JSON.stringify(options);
  const token = tokens.get(key) ?? entra.issueAccessToken(options);
  tokens.set(key, token);
  return token;
}
