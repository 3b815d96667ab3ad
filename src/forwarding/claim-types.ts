const xmlSoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const microsoft = "http://schemas.microsoft.com";

/**
 * Claims that App Service authentication renames, by the default inbound mapping of Microsoft's .NET handler
 * (`ClaimTypeMapping` in System.IdentityModel.Tokens.Jwt). `roles` is not in the list, because App Service does not
 * rename it in v2.0 tokens.
 */
const renamedTypes: ReadonlyMap<string, string> = new Map([
  ["oid", `${microsoft}/identity/claims/objectidentifier`],
  ["tid", `${microsoft}/identity/claims/tenantid`],
  ["scp", `${microsoft}/identity/claims/scope`],
  ["idp", `${microsoft}/identity/claims/identityprovider`],
  ["acr", `${microsoft}/claims/authnclassreference`],
  ["amr", `${microsoft}/claims/authnmethodsreferences`],
  ["sub", `${xmlSoap}/nameidentifier`],
  ["email", `${xmlSoap}/emailaddress`],
  ["upn", `${xmlSoap}/upn`],
  ["unique_name", `${xmlSoap}/name`],
  ["given_name", `${xmlSoap}/givenname`],
  ["family_name", `${xmlSoap}/surname`],
]);

/** URIs that only a renamed claim may have, and the URI of roles, which .NET uses by default. */
const ownUris: ReadonlySet<string> = new Set([
  ...renamedTypes.values(),
  `${microsoft}/ws/2008/06/identity/claims/role`,
]);

/** Claims with the caller's identity and permissions. */
const ownNames: ReadonlySet<string> = new Set([
  ...renamedTypes.keys(),
  ...["appid", "aud", "azp", "groups", "idtyp", "iss", "name", "preferred_username", "roles", "wids"],
]);

/** Claims that Microsoft documents as opaque and for its own use. */
const opaqueNames: ReadonlySet<string> = new Set(["aio", "rh"]);

/** Returns the type under which an origin finds a claim of the token. */
export function typeOfClaim(name: string): string {
  return renamedTypes.get(name) ?? name;
}

/**
 * Whether the origin gets a claim. Origins in .NET ignore letter case in types and accept a type from any source. So a
 * tenant's own claim `Roles`, or one with the URI of `oid`, must not pass for the real claim.
 */
export function isShownClaim(name: string): boolean {
  if (opaqueNames.has(name)) return false;
  const folded = name.toUpperCase().toLowerCase();
  return !ownUris.has(folded) && (folded === name || !ownNames.has(folded));
}
