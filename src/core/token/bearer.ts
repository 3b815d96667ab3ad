import type { Denial } from "../../base/common/denial.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { decodeAgain } from "../../base/http/decode-again.ts";
import { readQuery } from "../../base/http/path.ts";

/** Characters of token68 (RFC 7235), with `=` in any position: the decoder reports wrong padding. */
const credentialCharacters = /^[A-Za-z0-9\-._~+/=]+$/;
/** The longest header: `Bearer`, one space and the longest token. */
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

/** A query that matches neither cannot contain the parameter. */
const mayNameToken = /token|%/iu;

/**
 * Spellings of `access_token` that origins accept. ASP.NET ignores letter case. PHP drops white space before a name,
 * reads a space, a dot and `[` as `_`, and ends a name at NUL. `access_token[]` is a list of that name in PHP, Rails
 * and qs. `new URLSearchParams(text)` drops a question mark at the start.
 */
const tokenName = /^\??\s*access[_ .[]token(?:[[\0]|$)/iu;

/**
 * Finds a second token in the query parameter `access_token` of a request with an `Authorization` header. RFC 6750
 * section 2 forbids more than one method. The gate checks only the header, and an origin may prefer the query. The
 * value of the parameter does not matter, and may be empty.
 *
 * @param authorization value of the `Authorization` header
 * @param url of the request, as the platform passes it
 * @returns `credential_also_in_query`, or `undefined` if either token is missing
 *
 * @example
 * findSecondCredential("Bearer eyJ…", "https://api.contoso.com/orders?access_token=eyJ…");
 * // { reason: "credential_also_in_query" }
 */
export function findSecondCredential(authorization: string | null, url: string): Denial | undefined {
  if (authorization === null || !url.includes("?") || !namesToken(readQuery(url))) return undefined;
  return readBearer(authorization).ok ? { reason: "credential_also_in_query" } : undefined;
}

function namesToken(query: string): boolean {
  if (!mayNameToken.test(query)) return false;
  // Some servers also separate parameters with semicolons.
  const names = new URLSearchParams(query.replaceAll(";", "&")).keys();
  return [...names].some((name) => tokenName.test(decodeAgain(name)));
}
