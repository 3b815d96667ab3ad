import { refuse } from "../common/error.ts";
import type { Directory, DirectoryTenant, DirectoryUser } from "../directory/model.ts";

/** Whether the segment names no tenant in particular: users sign in to their own tenant. */
export function isMultitenant(segment: string): boolean {
  return segment === "common" || segment === "organizations";
}

/** Throws a refusal if the segment names no tenant of the directory, and does not stand for several. */
export function requireSegment(directory: Directory, segment: string): void {
  if (!directory.findTenant(segment) && !isMultitenant(segment)) throw refuse("unknownTenant", { tenant: segment });
}

/** Whether users of a tenant can sign in under this path segment. */
export function admitsTenant(directory: Directory, segment: string, tenant: DirectoryTenant): boolean {
  if (segment === "common") return true;
  if (segment === "organizations") return tenant.kind !== "personal";
  return directory.findTenant(segment)?.id === tenant.id;
}

/** Whether the user can sign in under this path segment. Without a tenant, a guest signs in at home. */
export function canSignIn(directory: Directory, segment: string, user: DirectoryUser): boolean {
  if (isMultitenant(segment) && user.homeTenant.id !== user.tenant.id) return false;
  return admitsTenant(directory, segment, user.tenant);
}

/** The users who can sign in with a browser. An agent does not. */
export function listAccounts(directory: Directory, segment: string): readonly DirectoryUser[] {
  return directory.users.filter((user) => canSignIn(directory, segment, user) && !user.isOfAgent);
}

/** The same account in another tenant. `undefined` if it is not in it. */
export function findInTenant(
  directory: Directory,
  user: DirectoryUser,
  tenant: DirectoryTenant,
): DirectoryUser | undefined {
  if (user.tenant.id === tenant.id) return user;
  return directory.users.find((other) => other.username === user.username && other.tenant.id === tenant.id);
}
