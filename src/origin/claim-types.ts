const xmlSoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const microsoft = "http://schemas.microsoft.com";

/**
 * Claims that App Service authentication renames, by the default inbound mapping of Microsoft's .NET handler
 * (`ClaimTypeMapping` in System.IdentityModel.Tokens.Jwt). `roles` is not among them: with v2.0 tokens App Service leaves it
 * as it is.
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

/** URIs that a claim has by its renaming alone, and that of roles, which .NET looks for unless it is told otherwise. */
const ownUris: ReadonlySet<string> = new Set([
  ...renamedTypes.values(),
  `${microsoft}/ws/2008/06/identity/claims/role`,
]);

/** Claims that say who calls and what the caller may do. */
const ownNames: ReadonlySet<string> = new Set([
  ...renamedTypes.keys(),
  ...["appid", "aud", "azp", "groups", "idtyp", "iss", "name", "preferred_username", "roles", "wids"],
]);

/** Claims that Microsoft calls opaque, for its own use only. */
const opaqueNames: ReadonlySet<string> = new Set(["aio", "rh"]);

/** The type under which an origin finds a claim of the token. */
export function typeOfClaim(name: string): string {
  return renamedTypes.get(name) ?? name;
}

/**
 * Whether an origin is shown a claim. Origins in .NET compare types without regard to letter case, and take a type from
 * wherever it comes: a tenant's own claim `Roles`, or one by the URI of `oid`, must not pass for the real one.
 */
export function isShownClaim(name: string): boolean {
  if (opaqueNames.has(name)) return false;
  const folded = name.toUpperCase().toLowerCase();
  return !ownUris.has(folded) && (folded === name || !ownNames.has(folded));
}
