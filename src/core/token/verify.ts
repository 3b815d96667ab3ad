import { JOSEError } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";
import type { Denial } from "../../base/common/denial.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { Authority } from "../authority/authority.ts";
import type { FoundKeys } from "../keys/cached-keys.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import type { CheckedClaims } from "./claims.ts";

const options = { algorithms: ["RS256"] };

/** A key that may have signed a token. */
export interface Candidate {
  readonly key: SigningKey;
  /** For v1.0: the key of the tenant's v2.0 document that vouches for it. */
  readonly voucher: SigningKey | undefined;
}

/**
 * Selects, from the keys with a key ID, those that may sign this token (Microsoft, "Validate the signing key issuer").
 *
 * @param checked its claims; the issuer is known to be one of the tenant's
 */
export function chooseKeys(found: FoundKeys, { issuer, tenant }: CheckedClaims): Result<readonly Candidate[], Denial> {
  if (found.set.issuer !== undefined && found.set.issuer !== issuer) return fail({ reason: "issuer_mismatch" });
  const candidates: Candidate[] = [];
  for (const key of found.keys) {
    const maySign = key.issuer === undefined || nameIssuer(key.issuer, tenant) === issuer;
    if (maySign) candidates.push({ key, voucher: undefined });
  }
  return candidates.length === 0 ? fail({ reason: "key_issuer_mismatch" }) : succeed(candidates);
}

/**
 * Checks that the keys of a v1.0 token belong to its tenant.
 *
 * @param found keys of the source that vouches for them, with the key ID of the token
 * @returns the tenant's own candidates; `key_issuer_mismatch` if there are none, or the denial if the keys are
 * unavailable
 */
export function vouchForKeys(
  candidates: readonly Candidate[],
  { tenant }: CheckedClaims,
  authority: Authority,
  found: Result<FoundKeys, Denial>,
): Result<readonly Candidate[], Denial> {
  if (!found.ok) return found;
  const isOfTenant = ({ issuer }: SigningKey) =>
    issuer === undefined || authority.versionOf(nameIssuer(issuer, tenant), tenant) === "2.0";
  const ofTenant = found.value.keys.filter(isOfTenant);
  const vouched = candidates
    .map(({ key }) => ({ key, voucher: ofTenant.find(({ modulus }) => modulus === key.modulus) }))
    .filter(({ voucher }) => voucher !== undefined);
  return vouched.length === 0 ? fail({ reason: "key_issuer_mismatch" }) : succeed(vouched);
}

/**
 * Verifies the signature of a token with RS256 (RFC 7515 section 5.2).
 *
 * @param token the compact JWS, already decoded and checked
 * @param candidates tried in this order, up to `limits.signatureTries`
 * @returns the one that signed it
 */
export async function verifySignature(
  token: string,
  candidates: readonly Candidate[],
): Promise<Result<Candidate, Denial>> {
  for (const candidate of candidates.slice(0, limits.signatureTries)) {
    try {
      await compactVerify(token, candidate.key.cryptoKey, options);
      return succeed(candidate);
    } catch (error) {
      if (!(error instanceof JOSEError)) throw error;
    }
  }
  return fail({ reason: "signature_invalid" });
}

/** Inserts the tenant into a key's issuer. In External ID, the host can name the tenant too. */
function nameIssuer(keyIssuer: string, tenant: string): string {
  return keyIssuer.replaceAll(/\{tenantid\}/gi, tenant);
}
