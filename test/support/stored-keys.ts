import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

const store = path.resolve("node_modules/.cache/test-keys.json");

/**
 * Reads RSA keys that all processes of tests share, because creating one takes longer than most tests. Creates those
 * that are missing.
 *
 * @param count how many
 * @returns private keys as PEM (PKCS #8)
 */
export function readStoredKeys(count: number): readonly string[] {
  const stored = readStore();
  if (stored.length >= count) return stored.slice(0, count);
  const made = Array.from({ length: count - stored.length }, () =>
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }),
  );
  const keys = [...stored, ...made.map(({ privateKey }) => privateKey)];
  mkdirSync(path.dirname(store), { recursive: true });
  // Another process may write at the same time.
  const own = `${store}.${process.pid}`;
  writeFileSync(own, JSON.stringify(keys));
  renameSync(own, store);
  return keys;
}

function readStore(): readonly string[] {
  try {
    return JSON.parse(readFileSync(store, "utf8"));
  } catch {
    return [];
  }
}
