// The parts of workerd that pure tests need in Node, for mutation testing. Cryptography is deterministic and keys are
// created once, so that a test runs the same steps each time, and fast: every mutant repeats it.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKeyInput } from "node:crypto";
import { readStoredKeys } from "../stored-keys.ts";

const { subtle } = crypto;
const { importKey } = subtle;
const generateOther = subtle.generateKey.bind(subtle) as (...args: readonly unknown[]) => Promise<CryptoKeyPair>;
const realSetTimeout = globalThis.setTimeout;

const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** More than any run needs. */
const pairs = readStoredKeys(256);
/** This file runs before each test file, and test files share worlds. */
const shared = globalThis as { mutationKeysTaken?: number };

function importPair(pem: string): CryptoKeyPair {
  return {
    publicKey: createPublicKey(pem).toCryptoKey(rs256, true, ["verify"]),
    privateKey: createPrivateKey(pem).toCryptoKey(rs256, true, ["sign"]),
  };
}

function generateKey(
  algorithm: { readonly name: string; readonly modulusLength: number },
  ...others: readonly unknown[]
): Promise<CryptoKeyPair> {
  if (algorithm.name !== rs256.name) return generateOther(algorithm, ...others);
  if (algorithm.modulusLength !== 2048) return Promise.resolve(makePair(algorithm));
  const taken = shared.mutationKeysTaken ?? 0;
  shared.mutationKeysTaken = taken + 1;
  return Promise.resolve(importPair(pairs[taken % pairs.length]!));
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
  async digest(name: "SHA-256", bytes: ArrayBuffer | Uint8Array) {
    return Uint8Array.from(createHash(name).update(new Uint8Array(bytes)).digest()).buffer;
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
