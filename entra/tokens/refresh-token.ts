import { CompactEncrypt, compactDecrypt } from "jose";
import { isShallowJose, parseJson } from "../../src/cli-exports/text.ts";
import { refreshTokenSeconds, spaRefreshTokenSeconds } from "../common/limits.ts";
import type { RandomBytes } from "../directory/subject.ts";

/**
 * What a refresh token holds: the user and the client. Entra's refresh tokens are valid for every API and every tenant
 * that the client may request: https://learn.microsoft.com/entra/identity-platform/refresh-tokens
 */
export interface RefreshGrant {
  /** GUID of the tenant in which the user signed in. */
  readonly tenantId: string;
  readonly clientId: string;
  /** Short name of the user. */
  readonly persona: string;
  readonly acrs: readonly string[];
  readonly hasMultifactor: boolean;
  readonly signedInAtSeconds: number;
  readonly epoch: number;
  /** Platform of the redirect URI of the sign-in. Without one: `web` if the client has authenticated, else `native`. */
  readonly platform: "web" | "spa" | "native";
  readonly issuedAtSeconds: number;
}

export interface RefreshTokens {
  seal(grant: Omit<RefreshGrant, "issuedAtSeconds">): Promise<string>;
  /** A used refresh token stays valid, because Entra does not revoke it. */
  open(token: string): Promise<RefreshGrant | undefined>;
  /** Whether the lifetime of the token is over. */
  hasExpired(grant: RefreshGrant): boolean;
}

/** What Entra's refresh tokens begin with. */
const prefix = "1.A";

/** Seals refresh tokens with a key of this process, so that none is stored (RFC 7516, A256GCM). */
export function createRefreshTokens(nowSeconds: () => number, randomBytes: RandomBytes): RefreshTokens {
  const key = randomBytes(32);
  return {
    async seal(grant) {
      const text = JSON.stringify({ ...grant, issuedAtSeconds: nowSeconds() } satisfies RefreshGrant);
      const sealed = new CompactEncrypt(new TextEncoder().encode(text));
      return prefix + (await sealed.setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(key));
    },
    async open(token) {
      const jwe = token.slice(prefix.length);
      if (!token.startsWith(prefix) || !isShallowJose(jwe)) return undefined;
      try {
        const { plaintext } = await compactDecrypt(jwe, key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return parseJson(new TextDecoder().decode(plaintext)) as RefreshGrant;
      } catch {
        return undefined;
      }
    },
    hasExpired({ platform, signedInAtSeconds, issuedAtSeconds }) {
      const endSeconds =
        platform === "spa" ? signedInAtSeconds + spaRefreshTokenSeconds : issuedAtSeconds + refreshTokenSeconds;
      return nowSeconds() >= endSeconds;
    },
  };
}
