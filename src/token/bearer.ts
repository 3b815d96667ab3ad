import type { Denial } from "../denial.ts";
import * as limits from "../limits.ts";
import { fail, type Result, succeed } from "../result.ts";

/** Characters of RFC 7235 token68, with `=` anywhere: where padding is wrong, decoding says so. */
const credentialCharacters = /^[A-Za-z0-9\-._~+/=]+$/;
const schemeCharacters = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*/;

/**
 * Takes the bearer token out of the `Authorization` header (RFC 6750 section 2.1). No other place is looked at.
 *
 * @param authorization the header's value as `Headers.get` gives it: several headers are joined by `, `
 * @returns the credential as it was sent, not yet decoded; `credential_missing` or `credential_other_scheme` where the
 * caller presented no bearer token, `credential_malformed` or `credential_repeated` where it presented a bad one
 *
 * @example
 * readBearer("Bearer eyJhbGciOi…"); // { ok: true, value: "eyJhbGciOi…" }
 */
export function readBearer(authorization: string | null): Result<string, Denial> {
  // Some platforms drop an empty header, others hand it over.
  if (authorization === null || authorization === "") return fail({ reason: "credential_missing" });
  const scheme = schemeCharacters.exec(authorization)?.[0] ?? "";
  if (scheme.toLowerCase() !== "bearer") {
    const second = /,\s*bearer\s/i.test(authorization);
    return fail({ reason: second ? "credential_repeated" : "credential_other_scheme" });
  }
  // Only SP separates (RFC 6750 section 2.1), and Headers lets TAB and NBSP through.
  let start = scheme.length;
  while (authorization.charCodeAt(start) === 0x20) start += 1;
  if (start === scheme.length || start === authorization.length) return fail({ reason: "credential_malformed" });
  const credential = authorization.slice(start);
  if (credential.length > limits.tokenBytes) return fail({ reason: "token_too_large" });
  if (credentialCharacters.test(credential)) return succeed(credential);
  // JWS JSON serialization is one credential, and no compact token (RFC 7515 section 7.2).
  if (credential.startsWith("{")) return fail({ reason: "token_not_compact" });
  return fail({ reason: credential.includes(",") ? "credential_repeated" : "credential_malformed" });
}
