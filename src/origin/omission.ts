/** Left out first, in this order: they are the long ones. */
const longNames = ["groups", "wids"];

/** What a token says of itself, which the gate has checked, and of the connection that it was issued over. */
const tokenNames: ReadonlySet<string> = new Set([
  ...["aud", "iss", "iat", "nbf", "exp", "ver", "uti", "sid", "acr", "azpacr", "appidacr", "ipaddr", "_claim_sources"],
]);

/**
 * What describes the caller and identifies nobody: a name or an e-mail address can change or be another's, and X-Entra-Client
 * names the client. `hasgroups` and `_claim_names` say that Entra itself left groups out.
 */
const descriptiveNames: ReadonlySet<string> = new Set([
  ...["idp", "idtyp", "acct", "azp", "appid", "given_name", "family_name", "unique_name", "upn", "name", "email"],
  ...["preferred_username", "hasgroups", "_claim_names"],
]);

/** Who calls, and what the caller may do. An origin that finds no `sub` could take two callers for one. */
const keptNames: ReadonlySet<string> = new Set(["oid", "sub", "tid", "scp", "roles"]);

/**
 * Lists the claims that may be left out where an origin would not take them all, in the order in which they are. Of those
 * that count the same, the largest comes first, so that few are left out.
 *
 * @param sizes of a token's claims, by name
 * @param nameClaim the claim that names the caller, which stays
 */
export function listOmissible(sizes: ReadonlyMap<string, number>, nameClaim: string | undefined): readonly string[] {
  return [...sizes]
    .map(([name, size]) => ({ name, size, rank: rank(name) }))
    .filter(({ name }) => !keptNames.has(name) && name !== nameClaim)
    .sort((one, other) => one.rank - other.rank || other.size - one.size)
    .map(({ name }) => name);
}

/** Claims that nobody here knows are the tenant's own: it asked for them, and they stay longer than the token's. */
function rank(name: string): number {
  const index = longNames.indexOf(name);
  if (index !== -1) return index;
  if (tokenNames.has(name)) return longNames.length;
  return descriptiveNames.has(name) ? longNames.length + 2 : longNames.length + 1;
}
