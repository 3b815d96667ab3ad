import { type Tenant, type TenantName, tenants } from "../directory/directory.ts";
import { findPersona, findTenant } from "../directory/lookup.ts";
import { type Persona, personas } from "../directory/personas.ts";

/** Whether users of a tenant can sign in under this path segment. */
export function admitsTenant(segment: string, tenant: Tenant): boolean {
  if (segment === "common") return true;
  if (segment === "organizations") return tenant.id !== tenants.msa.id;
  return findTenant(segment)?.id === tenant.id;
}

/** Whether the segment names no tenant in particular: users sign in to their own tenant. */
export function isMultitenant(segment: string): boolean {
  return segment === "common" || segment === "organizations";
}

/** The tenant in which a user is, as a member or as a guest. */
export function findTenantOf({ tenant }: Persona): Tenant {
  return tenants[tenant as TenantName];
}

/** Whether the user can sign in under this path segment. Without a tenant, a guest signs in at home. */
export function canSignIn(segment: string, persona: Persona): boolean {
  if (isMultitenant(segment) && persona.homeTenant !== persona.tenant) return false;
  return admitsTenant(segment, findTenantOf(persona));
}

/** The users who can sign in with a browser, by their short names. An agent does not. */
export function listAccounts(segment: string): readonly (readonly [string, Persona])[] {
  return Object.entries<Persona>(personas).filter(
    ([, persona]) => canSignIn(segment, persona) && persona.isOfAgent === undefined,
  );
}

/** Short name of the same account in another tenant. `undefined` if the account is not in it. */
export function findInTenant(name: string, tenant: Tenant): string | undefined {
  const persona = findPersona(name);
  if (persona === undefined) return undefined;
  if (findTenantOf(persona).id === tenant.id) return name;
  const isSame = (other: Persona) => other.username === persona.username && findTenantOf(other).id === tenant.id;
  return Object.entries<Persona>(personas).find(([, other]) => isSame(other))?.[0];
}
