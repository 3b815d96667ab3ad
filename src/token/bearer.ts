import type { Denial } from "../common/denial.ts";
import * as limits from "../common/limits.ts";
import { fail, type Result, succeed } from "../common/result.ts";

/** Characters of token68 (RFC 7235), with `=` in any position: the decoder reports wrong padding. */
const credentialCharacters = /^[A-Za-z0-9\-._~+/=]+$/;
const schemeCharacters = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*/;

/**
 * Reads the bearer token from the `Authorization` header (RFC 6750 section 2.1), the only place that is accepted.
 *
 * @param authorization value from `Headers.get`, which joins several headers with `, `
 * @returns the undecoded token; `credential_missing` or `credential_other_scheme` if there is no bearer token;
 * `credential_malformed` or `credential_repeated` if it is invalid
 *
 * @example
 * readBearer("Bearer eyJhbGciOi…"); // { ok: true, value: "eyJhbGciOi…" }
 */
export function readBearer(authorization: string | null): Result<string, Denial> {
  // Some platforms pass an empty header, and others omit it.
  if (authorization === null || authorization === "") return fail({ reason: "credential_missing" });
  const scheme = schemeCharacters.exec(authorization)?.[0] ?? "";
  if (scheme.toLowerCase() !== "bearer") {
    const second = /,\s*bearer\s/i.test(authorization);
    return fail({ reason: second ? "credential_repeated" : "credential_other_scheme" });
  }
  // Only SP is a separator (RFC 6750 section 2.1). `Headers` also allows TAB and NBSP.
  let start = scheme.length;
  while (authorization.charCodeAt(start) === 0x20) start += 1;
  if (start === scheme.length) return fail({ reason: "credential_malformed" });
  const credential = authorization.slice(start);
  if (credential.length > limits.tokenBytes) return fail({ reason: "token_too_large" });
  if (credentialCharacters.test(credential)) return succeed(credential);
  // A JWS in JSON serialization is one credential and not a compact token (RFC 7515 section 7.2).
  if (credential.startsWith("{")) return fail({ reason: "token_not_compact" });
  return fail({ reason: credential.includes(",") ? "credential_repeated" : "credential_malformed" });
}
