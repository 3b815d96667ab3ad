import { compactVerify, errors } from "jose";
import type { Denial } from "../denial.ts";
import type { FoundKeys } from "../keys/key-store.ts";
import { type SigningKey, signsFor } from "../keys/signing-key.ts";
import { fail, type Result, succeed } from "../result.ts";
import type { CheckedClaims } from "./claims.ts";

const options = { algorithms: ["RS256"] };

/**
 * Chooses, among the keys of a kid, the one that may sign this token (Microsoft, "Validate the signing key issuer").
 */
export function chooseKey(found: FoundKeys, { issuer, tenant }: CheckedClaims): Result<SigningKey, Denial> {
  if (found.set.issuer !== undefined && found.set.issuer !== issuer) return fail({ reason: "issuer_mismatch" });
  const key = found.keys.find((candidate) => signsFor(candidate, issuer, tenant));
  return key === undefined ? fail({ reason: "key_issuer_mismatch" }) : succeed(key);
}

/**
 * Verifies the signature of a token with one key, RS256 only (RFC 7515 section 5.2).
 *
 * @param token the compact JWS, already decoded and checked
 */
export async function verifySignature(token: string, key: SigningKey): Promise<Result<void, Denial>> {
  try {
    await compactVerify(token, key.cryptoKey, options);
    return succeed(undefined);
  } catch (error) {
    if (error instanceof errors.JOSEError) return fail({ reason: "signature_invalid" });
    throw error;
  }
}
