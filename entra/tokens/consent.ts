import { createBoundedMap } from "../common/bounded-map.ts";
import { maxKept } from "../common/limits.ts";
import { downstreamApi } from "../directory/directory.ts";
import type { ResourceScopes } from "../directory/scope.ts";

/** Consents of users and administrators, in addition to those of the directory. */
export interface Consents {
  /** Whether the client may get these scopes for the user. */
  covers(persona: string, tenantId: string, clientId: string, requested: ResourceScopes): boolean;
  grant(persona: string, clientId: string, requested: ResourceScopes): void;
  /** An administrator consents to everything that a client requests in a tenant. */
  grantForTenant(tenantId: string, clientId: string): void;
}

/** The user of the directory who has consented to nothing. */
const newcomer = "newcomer";

export function createConsents(): Consents {
  const granted = createBoundedMap<ReadonlySet<string>>(maxKept);
  const granting = createBoundedMap<true>(maxKept);
  const formatKey = (persona: string, clientId: string, resourceId: string) => `${persona} ${clientId} ${resourceId}`;
  return {
    covers(persona, tenantId, clientId, { resource, scopes }) {
      if (granting.get(`${tenantId} ${clientId}`)) return true;
      const known = granted.get(formatKey(persona, clientId, resource.clientId));
      const isGiven = (scope: string) => persona !== newcomer && !downstreamApi.unconsentedScopes.includes(scope);
      return scopes.every((scope) => known?.has(scope) || isGiven(scope));
    },
    grant(persona, clientId, { resource, scopes }) {
      const key = formatKey(persona, clientId, resource.clientId);
      granted.set(key, new Set([...(granted.get(key) ?? []), ...scopes]));
    },
    grantForTenant: (tenantId, clientId) => granting.set(`${tenantId} ${clientId}`, true),
  };
}
