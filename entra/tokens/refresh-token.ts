import type { Tenant } from "../directory/directory.ts";
import { createOpaque, type RandomBytes } from "../directory/subject.ts";

/**
 * The user and the client of a refresh token. Entra's refresh tokens are valid for every API that the client may
 * request.
 */
export interface RefreshGrant {
  readonly tenant: Tenant;
  readonly clientId: string;
  /** Short name of the user. */
  readonly persona: string;
}

export interface RefreshTokenStore {
  add(grant: RefreshGrant): string;
  /** A used refresh token stays valid, because Entra does not revoke it. */
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
