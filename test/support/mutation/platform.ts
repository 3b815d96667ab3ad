// What pure tests need of workerd where they run in Node, for mutation testing. Cryptography answers in its turn and keys are
// made once, so that a test's steps are the same in every run, and quick: each is repeated for every mutant.
import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKeyInput } from "node:crypto";

const { subtle } = crypto;
const { importKey } = subtle;
const realSetTimeout = globalThis.setTimeout;

const pairs: CryptoKeyPair[] = [];
let taken = 0;
/** More than the keys of any one test. */
const pairCount = 24;
const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

function generateKey(algorithm: { readonly name: string; readonly modulusLength: number }): Promise<CryptoKeyPair> {
  if (algorithm.name !== rs256.name || algorithm.modulusLength !== 2048) return Promise.resolve(makePair(algorithm));
  const pair = pairs[taken % pairCount] ?? makePair(algorithm);
  pairs[taken % pairCount] = pair;
  taken += 1;
  return Promise.resolve(pair);
}

function makePair({ modulusLength }: { readonly modulusLength: number }): CryptoKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return {
    publicKey: publicKey.toCryptoKey(rs256, true, ["verify"]),
    privateKey: privateKey.toCryptoKey(rs256, true, ["sign"]),
  };
}

Object.assign(subtle, {
  generateKey,
  async digest(_name: "SHA-256", bytes: Uint8Array) {
    return Uint8Array.from(createHash("sha256").update(bytes).digest()).buffer;
  },
  importKey(...args: readonly unknown[]) {
    const [format, key, algorithm, extractable, usages] = args as [
      string,
      JsonWebKeyInput["key"],
      never,
      never,
      string[],
    ];
    if (format !== "jwk" || usages[0] !== "verify") return Reflect.apply(importKey, subtle, args);
    try {
      return Promise.resolve(
        createPublicKey({ key, format: "jwk" }).toCryptoKey(algorithm, extractable, usages as never),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  },
});

Object.assign(globalThis, {
  FixedLengthStream: TransformStream,
  IdentityTransformStream: TransformStream,
  setTimeout: Object.assign(
    (callback: () => void, delayMs?: number) => (delayMs ? realSetTimeout(callback, delayMs) : setImmediate(callback)),
    { __promisify__: realSetTimeout.__promisify__ },
  ),
});
