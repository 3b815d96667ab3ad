import type { Denial } from "../common/denial.ts";
import * as limits from "../common/limits.ts";
import { fail, type Result, succeed } from "../common/result.ts";

/** Characters of token68 (RFC 7235), with `=` in any position: the decoder reports wrong padding. */
const credentialCharacters = /^[A-Za-z0-9\-._~+/=]+$/;
/** The longest header: the usual form of the longest token. */
const longest = "Bearer ".length + limits.tokenBytes;
/** The scheme Bearer, and not the start of a longer one (RFC 9110 section 11.1). */
const bearerScheme = /^bearer(?![!#$%&'*+\-.^_`|~0-9a-z])/i;

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
  const found = findBearer(authorization);
  if (!found.ok || credentialCharacters.test(found.value)) return found;
  // A JWS in JSON serialization is one credential and not a compact token (RFC 7515 section 7.2).
  if (found.value.startsWith("{")) return fail({ reason: "token_not_compact" });
  return fail({ reason: found.value.includes(",") ? "credential_repeated" : "credential_malformed" });
}

/**
 * Finds the bearer token as {@link readBearer}, but accepts any characters in it. A decoded token has none that
 * `readBearer` refuses.
 */
export function findBearer(authorization: string | null): Result<string, Denial> {
  // Some platforms pass an empty header, and others omit it.
  if (authorization === null || authorization === "") return fail({ reason: "credential_missing" });
  if (!bearerScheme.test(authorization)) {
    const second = /,\s*bearer\s/i.test(authorization);
    return fail({ reason: second ? "credential_repeated" : "credential_other_scheme" });
  }
  if (authorization.length > longest) return fail({ reason: "token_too_large" });
  // Only SP is a separator (RFC 6750 section 2.1). `Headers` also allows TAB and NBSP.
  let start = "bearer".length;
  while (authorization.charCodeAt(start) === 0x20) start += 1;
  if (start === "bearer".length) return fail({ reason: "credential_malformed" });
  return succeed(authorization.slice(start));
}

/**
 * Brings the header to its usual form, `Bearer` and one space, so that each token has one spelling where it is
 * remembered.
 *
 * @returns the same text if it is too long, or has no bearer token
 */
export function spellUsually(authorization: string): string {
  if (/^Bearer [^ ]/.test(authorization) || authorization.length > longest) return authorization;
  return authorization.replace(/^bearer +/i, "Bearer ");
}
