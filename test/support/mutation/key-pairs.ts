import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** More than any run needs. */
const pairCount = 256;
/** Created once for all processes, because each mutant that never ends costs one. */
const store = path.resolve("node_modules/.cache/mutation-keys.json");

/** Reads the private keys of mutation tests as PEM, and creates them if the store is missing. */
export function readPairs(): readonly string[] {
  try {
    return JSON.parse(readFileSync(store, "utf8"));
  } catch {
    const made = Array.from({ length: pairCount }, () =>
      generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    mkdirSync(path.dirname(store), { recursive: true });
    writeFileSync(store, JSON.stringify(made));
    return made as string[];
  }
}
