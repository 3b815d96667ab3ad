import * as limits from "../../base/common/limits.ts";
import { isObject } from "../../base/common/objects.ts";
import { keepValue } from "../../base/common/recent.ts";
import { decodeBase64url } from "./base64url.ts";

const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** A usable key of a set, imported for RS256. */
export interface SigningKey {
  readonly kid: string;
  /** Issuer whose tokens the key may sign, with or without the placeholder `{tenantid}`. Absent in v1.0 documents. */
  readonly issuer: string | undefined;
  /** Modulus as published. It shows whether a refreshed set has the same key. */
  readonly modulus: string;
  readonly cryptoKey: CryptoKey;
}

/**
 * Keys that were imported before, by their modulus. All tenants share Entra's keys, so they share the imported ones
 * too.
 */
export type ImportedKeys = Map<string, SigningKey>;

/** Conditions for the keys of a set. */
export interface KeyRule {
  /** Expected `cloud_instance_name`; `undefined` if any is accepted. */
  readonly instanceName: string | undefined;
  /** Whether the set belongs to one tenant, so that a key without `issuer` is valid for it. */
  readonly tenantSpecific: boolean;
}

/**
 * Imports one member of `keys` (RFC 7517 section 4, RFC 7518 section 6.3).
 *
 * @param jwk parsed JSON of any shape
 * @param imported gets the key if it is usable
 * @returns `undefined` for a key that the gate cannot use. It is ignored; the rest of the set remains usable.
 */
export async function importSigningKey(
  jwk: unknown,
  rule: KeyRule,
  imported: ImportedKeys = new Map(),
): Promise<SigningKey | undefined> {
  if (!isObject(jwk)) return undefined;
  const { kid, n, e, issuer, cloud_instance_name: instanceName } = jwk as Record<string, unknown>;
  if (typeof kid !== "string" || kid === "" || kid.length > limits.kidCharacters) return undefined;
  if (!isForVerification(jwk as Record<string, unknown>) || typeof n !== "string" || e !== "AQAB") return undefined;
  if (issuer !== undefined && typeof issuer !== "string") return undefined;
  if (issuer === undefined && !rule.tenantSpecific) return undefined;
  if (instanceName !== undefined && rule.instanceName !== undefined && instanceName !== rule.instanceName) {
    return undefined;
  }
  const known = imported.get(n);
  if (known !== undefined) return known.kid === kid && known.issuer === issuer ? known : { ...known, kid, issuer };
  if (!isStrong(n)) return undefined;
  try {
    const cryptoKey = await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, rs256, false, ["verify"]);
    return keepValue(imported, limits.importedKeys, n, { kid, issuer, modulus: n, cryptoKey });
  } catch {
    return undefined;
  }
}

function isForVerification(jwk: Record<string, unknown>): boolean {
  const { kty, use, key_ops: operations, alg } = jwk;
  return (
    kty === "RSA" &&
    (use === undefined || use === "sig") &&
    (operations === undefined || (Array.isArray(operations) && operations.includes("verify"))) &&
    (alg === undefined || alg === "RS256") &&
    // If the private key is published, anyone can sign.
    !("d" in jwk)
  );
}

function isStrong(modulus: string): boolean {
  const bytes = decodeBase64url(modulus);
  const first = bytes?.[0];
  // A leading zero is not minimal (RFC 7518 section 2, Base64urlUInt).
  if (!bytes || !first) return false;
  // Anyone can divide an even modulus by two, and runtimes import it.
  if (bytes[bytes.length - 1]! % 2 === 0) return false;
  const bits = bytes.length * 8 - (Math.clz32(first) - 24);
  return bits >= limits.keyBitsMinimum && bits <= limits.keyBitsMaximum && !isRocaWeak(bytes);
}

/**
 * The primes of the published fingerprint: the odd ones up to 167. A sound key matches it by chance once in 2^27. Of
 * the residues of the first four, few are powers of 65537, so most keys need no other one.
 */
const primes = [
  ...[97, 37, 79, 11, 3, 5, 7, 13, 17, 19, 23, 29, 31, 41, 43, 47, 53, 59, 61, 67, 71, 73, 83, 89, 101, 103, 107, 109],
  ...[113, 127, 131, 137, 139, 149, 151, 157, 163, 167],
];
const generator = 65_537;

/**
 * Whether vulnerable chips generated a modulus (ROCA, CVE-2017-15361). Modulo each small prime, such a modulus is a
 * power of 65537 (Nemec and others, "The Return of Coppersmith's Attack", section 5).
 *
 * @param modulus big-endian bytes
 */
export function isRocaWeak(modulus: Uint8Array): boolean {
  return primes.every((prime) => {
    let residue = 0;
    // A cold isolate interprets this loop, which is faster than one call for each byte.
    for (let index = 0; index < modulus.length; index += 1) residue = (256 * residue + modulus[index]!) % prime;
    let power = generator % prime;
    while (power !== residue && power !== 1) power = (power * generator) % prime;
    return power === residue;
  });
}
