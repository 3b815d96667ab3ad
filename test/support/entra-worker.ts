// The local Entra of tests as a worker. It takes its first keys from a variable: creating them takes longer than the
// rest of its start.
import { exportJWK, importJWK, importPKCS8 } from "jose";
import type { Entra } from "../../entra/entra.ts";
import { generateKeyPair, type MakeKeyPair } from "../../entra/keys/key-ring.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";
import { refuseForeign, type ServerVars, serverPages } from "../../entra/server/pages.ts";

interface Vars extends ServerVars {
  readonly PLAYGROUND_URL?: string;
  /** JSON array of private keys in PEM. */
  readonly KEYS: string;
  /** JSON array of the IDs of the first keys; those of Entra if absent. */
  readonly KEY_IDS?: string;
}

let entra: Entra | undefined;

export default {
  async fetch(request: Request, env: Vars): Promise<Response> {
    const refusal = refuseForeign(request, env, serverPages.entra);
    if (refusal !== undefined) return refusal;
    const keyIds = env.KEY_IDS === undefined ? {} : { keyIds: JSON.parse(env.KEY_IDS) };
    entra ??= createLocalEntra({ makeKeyPair: takeKeyPairs(JSON.parse(env.KEYS)), ...keyIds }, env.PLAYGROUND_URL);
    return entra.fetch(request);
  },
};

/** Takes the keys in turn, and creates what is missing. */
function takeKeyPairs(pems: readonly string[]): MakeKeyPair {
  let taken = 0;
  return (modulusBits) => {
    const pem = modulusBits === 2048 ? pems[taken++] : undefined;
    return pem === undefined ? generateKeyPair(modulusBits) : importKeyPair(pem);
  };
}

async function importKeyPair(pem: string): Promise<CryptoKeyPair> {
  const privateKey = await importPKCS8(pem, "RS256", { extractable: true });
  const { kty, n, e } = await exportJWK(privateKey);
  const publicKey = (await importJWK({ kty: kty!, n: n!, e: e! }, "RS256", { extractable: true })) as CryptoKey;
  return { publicKey, privateKey };
}
