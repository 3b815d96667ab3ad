import type { Tenant } from "../directory/directory.ts";
import { createOpaque, type RandomBytes } from "../directory/subject.ts";

export interface Grant {
  readonly tenant: Tenant;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  /** Short name of the user who signed in. */
  readonly persona: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  /** The claims request as JSON text. */
  readonly claims: string | undefined;
}

export interface CodeStore {
  add(grant: Grant): string;
  /** Each code works once (RFC 6749 section 4.1.2). */
  redeem(code: string): Grant | "expired" | undefined;
}

/** Entra's codes are valid for ten minutes. */
const codeLifetimeSeconds = 600;

export function createCodeStore(nowSeconds: () => number, randomBytes: RandomBytes): CodeStore {
  const grants = new Map<string, { grant: Grant; expiresAtSeconds: number }>();
  return {
    add(grant) {
      const code = `1.${createOpaque(randomBytes, 32)}`;
      grants.set(code, { grant, expiresAtSeconds: nowSeconds() + codeLifetimeSeconds });
      return code;
    },
    redeem(code) {
      const found = grants.get(code);
      grants.delete(code);
      if (!found) return undefined;
      return nowSeconds() < found.expiresAtSeconds ? found.grant : "expired";
    },
  };
}
