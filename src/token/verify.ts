import { JOSEError } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";
import type { Authority, KeySource } from "../authority/authority.ts";
import type { Denial } from "../common/denial.ts";
import { fail, type Result, succeed } from "../common/result.ts";
import type { FoundKeys } from "../keys/key-store.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import type { CheckedClaims } from "./claims.ts";

const options = { algorithms: ["RS256"] };

/** Selects, from the keys with a key ID, the one that may sign this token (Microsoft, "Validate the signing key issuer"). */
export function chooseKey(found: FoundKeys, { issuer, tenant }: CheckedClaims): Result<SigningKey, Denial> {
  if (found.set.issuer !== undefined && found.set.issuer !== issuer) return fail({ reason: "issuer_mismatch" });
  const key = found.keys.find((candidate) => signsFor(candidate, issuer, tenant));
  return key === undefined ? fail({ reason: "key_issuer_mismatch" }) : succeed(key);
}

/** Finds the keys with a key ID, see {@link KeyStore}. */
type FindKeys = (source: KeySource, kid: string) => Result<FoundKeys, Denial> | Promise<Result<FoundKeys, Denial>>;

/**
 * Checks that the key of a v1.0 token belongs to its tenant. Documents of v1.0 name no issuer, so the key of personal
 * accounts looks like any other. The tenant's v2.0 document has the same keys with their issuers.
 *
 * @returns the key, without a promise if its document names the issuer; `key_issuer_mismatch` if it is not the
 * tenant's, or the denial if the keys are unavailable
 */
export function vouchForKey(
  key: SigningKey,
  checked: CheckedClaims,
  authority: Authority,
  find: FindKeys,
): Result<SigningKey, Denial> | Promise<Result<SigningKey, Denial>> {
  return checked.version === "2.0" ? succeed(key) : askForKey(key, checked, authority, find);
}

async function askForKey(
  key: SigningKey,
  { tenant }: CheckedClaims,
  authority: Authority,
  find: FindKeys,
): Promise<Result<SigningKey, Denial>> {
  const found = await find(authority.keySource(tenant, "2.0"), key.kid);
  if (!found.ok) return found;
  const isOfTenant = found.value.keys.some(
    ({ modulus, issuer }) =>
      modulus === key.modulus &&
      (issuer === undefined || authority.versionOf(nameIssuer(issuer, tenant), tenant) === "2.0"),
  );
  return isOfTenant ? succeed(key) : fail({ reason: "key_issuer_mismatch" });
}

/**
 * Verifies the signature of a token with one key and RS256 (RFC 7515 section 5.2).
 *
 * @param token the compact JWS, already decoded and checked
 */
export async function verifySignature(token: string, key: SigningKey): Promise<Result<void, Denial>> {
  try {
    await compactVerify(token, key.cryptoKey, options);
    return succeed(undefined);
  } catch (error) {
    if (error instanceof JOSEError) return fail({ reason: "signature_invalid" });
    throw error;
  }
}

/**
 * Whether a key may sign tokens of this issuer (Microsoft, "Validate the signing key issuer").
 *
 * @param issuer the token's `iss`, already known to be one of the tenant's
 * @param tenant the token's `tid`
 */
function signsFor(key: SigningKey, issuer: string, tenant: string): boolean {
  return key.issuer === undefined || nameIssuer(key.issuer, tenant) === issuer;
}

/** Inserts the tenant into a key's issuer. In External ID, the host can name the tenant too. */
function nameIssuer(keyIssuer: string, tenant: string): string {
  return keyIssuer.replaceAll(/\{tenantid\}/gi, tenant);
}
