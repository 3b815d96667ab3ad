import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generateKeyPair, type MakeKeyPair } from "../../entra/keys/key-ring.ts";
import { describeCause } from "../../src/cli-exports/common.ts";
import { parseJson } from "../../src/cli-exports/text.ts";
import { readRegularFile } from "../common/input-file.ts";
import { findTarget } from "../common/output-file.ts";
import { UsageError } from "../common/usage-error.ts";

/** Signing keys that outlive a start. */
export interface KeptKeys {
  readonly makeKeyPair: MakeKeyPair;
  /** Time in the keys' certificates, on which their `kid` depends. */
  readonly notBeforeSeconds: number;
}

interface KeyFile {
  readonly notBeforeSeconds: number;
  /** PKCS #8 in base64. */
  readonly keys: readonly string[];
}

/** Keys that the local Entra creates on first use: the ordinary ones, and the one of personal accounts. */
const keyCount = 4;
const modulusBits = 2_048;
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * Reads the signing keys of a file, and creates the file if there is none.
 *
 * @throws UsageError if the file is damaged, or other users can read it
 */
export async function readKeyFile(file: string, nowSeconds: number): Promise<KeptKeys> {
  const { keys, notBeforeSeconds } = readFile(file) ?? (await createFile(file, nowSeconds));
  const pairs = await Promise.all(keys.map(importPair)).catch((error) => {
    throw damaged(file, error);
  });
  let used = 0;
  return {
    notBeforeSeconds,
    // Further keys, of a rollover, last as long as the process.
    makeKeyPair: async (bits) => (bits === modulusBits ? pairs[used++] : undefined) ?? generateKeyPair(bits),
  };
}

function readFile(file: string): KeyFile | undefined {
  let text: string;
  try {
    const { mode } = statSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new UsageError(`other users can read ${file}, which has signing keys: run chmod 600 ${file}`);
    }
    text = readRegularFile(file).toString("utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`cannot read ${file}: ${describeCause(error)}`);
  }
  try {
    const read = parseJson(text) as KeyFile;
    if (!Number.isSafeInteger(read.notBeforeSeconds) || read.keys.length !== keyCount)
      throw new TypeError("wrong members");
    return read;
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: string, error: unknown): UsageError {
  return new UsageError(
    `${file} has no signing keys of a local Entra (${describeCause(error)}): remove it for new ones`,
  );
}

async function createFile(file: string, nowSeconds: number): Promise<KeyFile> {
  const target = findTarget("--keys", file);
  const pairs = await Promise.all(Array.from({ length: keyCount }, () => generateKeyPair(modulusBits)));
  const exported = pairs.map(({ privateKey }) => crypto.subtle.exportKey("pkcs8", privateKey) as Promise<ArrayBuffer>);
  const keys = (await Promise.all(exported)).map((bytes) => Buffer.from(bytes).toString("base64"));
  const created: KeyFile = { notBeforeSeconds: nowSeconds, keys };
  try {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(created, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new UsageError(`--keys ${file} cannot be written: ${describeCause(error)}`);
  }
  return created;
}

async function importPair(key: string): Promise<CryptoKeyPair> {
  const bytes = new Uint8Array(Buffer.from(key, "base64"));
  const privateKey = await crypto.subtle.importKey("pkcs8", bytes, algorithm, true, ["sign"]);
  const { kty, n, e } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicJwk = { kty: kty!, n: n!, e: e! };
  return { privateKey, publicKey: await crypto.subtle.importKey("jwk", publicJwk, algorithm, true, ["verify"]) };
}
