import type { Denial } from "../common/denial.ts";
import { decodeAgain } from "../http/decode-again.ts";
import { readQuery } from "../http/path.ts";
import { readBearer } from "../token/bearer.ts";

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
