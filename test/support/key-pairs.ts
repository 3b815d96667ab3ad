import { generateKeyPair, type MakeKeyPair } from "../../entra/keys/key-ring.ts";

const made: CryptoKeyPair[] = [];

/** Reuses the key pairs of earlier worlds in the same file, because generating them takes longer than any test. */
export function reuseKeyPairs(): MakeKeyPair {
  let used = 0;
  return async (modulusBits) => {
    if (modulusBits !== 2048) return generateKeyPair(modulusBits);
    const index = used++;
    made[index] ??= await generateKeyPair(modulusBits);
    return made[index];
  };
}
