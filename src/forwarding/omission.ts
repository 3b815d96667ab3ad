/** Omitted first, in this order, because they are long. */
const longNames = ["groups", "wids"];

/** Properties of the token, which the gate has checked, and of the connection that it was issued over. */
const tokenNames: ReadonlySet<string> = new Set([
  ...["aud", "iss", "iat", "nbf", "exp", "ver", "uti", "sid", "acr", "azpacr", "appidacr", "ipaddr", "_claim_sources"],
]);

/**
 * Claims that describe the caller and do not identify it. A name or an email address can change or belong to someone
 * else. X-Entra-Client has the client. `hasgroups` and `_claim_names` say that Entra itself omitted groups.
 */
const descriptiveNames: ReadonlySet<string> = new Set([
  ...["idp", "idtyp", "acct", "azp", "appid", "given_name", "family_name", "unique_name", "upn", "name", "email"],
  ...["preferred_username", "hasgroups", "_claim_names"],
]);

/** The caller's identity and permissions. An origin without `sub` could confuse two callers. */
const keptNames: ReadonlySet<string> = new Set(["oid", "sub", "tid", "scp", "roles"]);

/**
 * Lists the claims that may be omitted if the headers are too large, in order. Among claims of the same rank, the
 * largest is first, so that few are omitted.
 *
 * @param sizes of a token's claims, by name
 * @param nameClaim the claim with the caller's name, which is kept
 */
export function listOmissible(sizes: ReadonlyMap<string, number>, nameClaim: string | undefined): readonly string[] {
  return [...sizes]
    .map(([name, size]) => ({ name, size, rank: rank(name) }))
    .filter(({ name }) => !keptNames.has(name) && name !== nameClaim)
    .sort((one, other) => one.rank - other.rank || other.size - one.size)
    .map(({ name }) => name);
}

/**
 * Unknown claims are the tenant's own. The tenant asked for them, so they are kept longer than the token's properties.
 */
function rank(name: string): number {
  const index = longNames.indexOf(name);
  if (index !== -1) return index;
  if (tokenNames.has(name)) return longNames.length;
  return descriptiveNames.has(name) ? longNames.length + 2 : longNames.length + 1;
}
