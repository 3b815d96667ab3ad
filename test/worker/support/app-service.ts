/** The client principal as an origin in .NET reads it. */
export interface DotNetPrincipal {
  readonly isAuthenticated: boolean;
  /** `Identity.Name`; `null` if no claim has the named type. */
  readonly name: string | null;
  isInRole(role: string): boolean;
  /** Values of all claims of a type, in their order. */
  findAll(type: string): readonly string[];
}

const defaultNameType = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
const defaultRoleType = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/**
 * Reads `X-MS-CLIENT-PRINCIPAL` like the parser that Microsoft documents for C#, with the rules of the classes that it
 * uses: `ClaimsIdentity` uses its own types if none is named, compares types without letter case, and values exactly.
 * This is an implementation of the documented rules for Node; no .NET runs here.
 *
 * @see https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
 * @see https://learn.microsoft.com/dotnet/api/system.security.claims.claimsidentity
 */
export function parseClientPrincipal(header: string): DotNetPrincipal {
  const parsed = foldNames(JSON.parse(Buffer.from(header, "base64").toString("utf8"))) as {
    readonly auth_typ?: string;
    readonly name_typ?: string;
    readonly role_typ?: string;
    readonly claims: readonly object[];
  };
  const claims = parsed.claims.map((claim) => foldNames(claim) as { readonly typ: string; readonly val: string });
  const findAll = (type: string) =>
    claims.filter(({ typ }) => typ.toUpperCase() === type.toUpperCase()).map(({ val }) => val);
  return {
    isAuthenticated: Boolean(parsed.auth_typ),
    name: findAll(parsed.name_typ || defaultNameType)[0] ?? null,
    isInRole: (role) => findAll(parsed.role_typ || defaultRoleType).includes(role),
    findAll,
  };
}

/** The documented parser ignores the letter case of JSON's names. */
function foldNames(object: object): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
}
