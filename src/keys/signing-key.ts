import * as limits from "../limits.ts";
import { decodeBase64url } from "./base64url.ts";

const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** One usable key of a set, imported and ready to verify RS256. */
export interface SigningKey {
  readonly kid: string;
  /** Issuer whose tokens it may sign: concrete, or with the placeholder `{tenantid}`. Absent in v1.0 documents. */
  readonly issuer: string | undefined;
  /** Modulus as published: tells whether a refreshed set still has the same key. */
  readonly modulus: string;
  readonly cryptoKey: CryptoKey;
}

/** What a set's keys must fit. */
export interface KeyRule {
  /** Expected `cloud_instance_name`; `undefined` where the authority does not say. */
  readonly instanceName: string | undefined;
  /** The set belongs to one tenant, so a key without `issuer` is that tenant's. */
  readonly tenantSpecific: boolean;
}

/**
 * Imports one member of `keys` (RFC 7517 section 4, RFC 7518 section 6.3).
 *
 * @param jwk parsed JSON, of any shape
 * @returns `undefined` for a key that the gate cannot use: an unusable key is ignored, never fatal to its set
 */
export async function importSigningKey(jwk: unknown, rule: KeyRule): Promise<SigningKey | undefined> {
  if (typeof jwk !== "object" || jwk === null) return undefined;
  const { kid, n, e, issuer, cloud_instance_name: instanceName } = jwk as Record<string, unknown>;
  if (typeof kid !== "string" || kid === "" || kid.length > limits.kidCharacters) return undefined;
  if (!isForVerification(jwk as Record<string, unknown>) || typeof n !== "string" || e !== "AQAB") return undefined;
  if (issuer !== undefined && typeof issuer !== "string") return undefined;
  if (issuer === undefined && !rule.tenantSpecific) return undefined;
  if (instanceName !== undefined && rule.instanceName !== undefined && instanceName !== rule.instanceName) {
    return undefined;
  }
  if (!isStrong(n)) return undefined;
  try {
    const cryptoKey = await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, rs256, false, ["verify"]);
    return { kid, issuer, modulus: n, cryptoKey };
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
    // A published private key signs for everybody.
    !("d" in jwk)
  );
}

function isStrong(modulus: string): boolean {
  const bytes = decodeBase64url(modulus);
  const first = bytes?.[0];
  // A leading zero is not minimal (RFC 7518 section 2, Base64urlUInt).
  if (!bytes || !first) return false;
  const bits = bytes.length * 8 - (Math.clz32(first) - 24);
  return bits >= limits.keyBitsMinimum && bits <= limits.keyBitsMaximum && !isRocaWeak(bytes);
}

/** The published fingerprint has the odd primes up to this one; a sound key passes for all by chance once in 2^27. */
const largestPrime = 167;
const generator = 65_537;

/**
 * Whether a modulus was made by the chips that make factorable ones (CVE-2017-15361): modulo every small prime it is a
 * power of 65537 (Nemec and others, "The Return of Coppersmith's Attack", section 5).
 *
 * @param modulus big-endian bytes
 */
export function isRocaWeak(modulus: Uint8Array): boolean {
  const primes: number[] = [];
  for (let candidate = 3; candidate <= largestPrime; candidate += 2) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes.every((prime) => {
    const residue = modulus.reduce((rest, byte) => (256 * rest + byte) % prime, 0);
    let power = generator % prime;
    while (power !== residue && power !== 1) power = (power * generator) % prime;
    return power === residue;
  });
}
