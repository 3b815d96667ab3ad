import { createBoundedMap } from "../common/bounded-map.ts";
import { maxKept } from "../common/limits.ts";
import type { Directory, DirectoryApp, DirectoryUser } from "../directory/model.ts";
import type { ResourceScopes } from "../directory/scope.ts";

/** Consents that users and administrators give, in addition to those of the directory. */
export interface Consents {
  /** Whether the client may get these scopes for the user. */
  covers(user: DirectoryUser, client: DirectoryApp, requested: ResourceScopes): boolean;
  grant(user: DirectoryUser, client: DirectoryApp, requested: ResourceScopes): void;
  /** An administrator consents to everything that a client requests in a tenant. */
  grantForTenant(tenantId: string, clientId: string): void;
}

export function createConsents(directory: Directory): Consents {
  const granted = createBoundedMap<ReadonlySet<string>>(maxKept);
  const granting = createBoundedMap<true>(maxKept);
  const formatKey = (user: DirectoryUser, client: DirectoryApp, resourceId: string) =>
    `${user.oid} ${client.clientId} ${resourceId}`;
  return {
    covers(user, client, { resource, scopes }) {
      if (granting.get(`${user.tenant.id} ${client.clientId}`)) return true;
      const known = granted.get(formatKey(user, client, resource.clientId));
      const occasion = { user: user.shortName, app: client.shortName, api: resource.shortName };
      return scopes.every((scope) => known?.has(scope) || directory.hasConsent(occasion, scope));
    },
    grant(user, client, { resource, scopes }) {
      const key = formatKey(user, client, resource.clientId);
      granted.set(key, new Set([...(granted.get(key) ?? []), ...scopes]));
    },
    grantForTenant: (tenantId, clientId) => granting.set(`${tenantId} ${clientId}`, true),
  };
}
