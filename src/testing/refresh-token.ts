import type { Tenant } from "./directory/directory.ts";
import { createOpaque, type RandomBytes } from "./subject.ts";

/** Whom a refresh token is of, and which client may use it. Entra's are for every API that the client may ask for. */
export interface RefreshGrant {
  readonly tenant: Tenant;
  readonly clientId: string;
  /** Short name of the user. */
  readonly persona: string;
}

export interface RefreshTokenStore {
  add(grant: RefreshGrant): string;
  /** An old refresh token still works after it was used: Entra does not revoke it. */
  find(token: string): RefreshGrant | undefined;
}

export function createRefreshTokenStore(randomBytes: RandomBytes): RefreshTokenStore {
  const grants = new Map<string, RefreshGrant>();
  return {
    add(grant) {
      const token = `1.A${createOpaque(randomBytes, 48)}`;
      grants.set(token, grant);
      return token;
    },
    find: (token) => grants.get(token),
  };
}
