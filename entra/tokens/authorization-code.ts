import { createBoundedMap } from "../common/bounded-map.ts";
import { codeSeconds, maxKept } from "../common/limits.ts";
import { createOpaque, type RandomBytes } from "../directory/subject.ts";
import type { SignIn } from "./sign-in.ts";

/** What a code was issued for. */
export interface Grant extends SignIn {
  readonly clientId: string;
  readonly redirectUri: string;
  /** Absent if the client sent none: only a SPA must. */
  readonly codeChallenge: { readonly value: string; readonly method: "S256" | "plain" } | undefined;
  readonly scope: string;
  readonly nonce: string | undefined;
  /** The claims request as JSON text. */
  readonly claims: string | undefined;
}

export interface CodeStore {
  add(grant: Grant): string;
  /** Reads a code without using it up: only its own client may. */
  find(code: string): Grant | undefined;
  /** Each code works once (RFC 6749 section 4.1.2). Returns why it does not. */
  redeem(code: string): "redeemed" | "expired" | undefined;
  /** Number of codes that are kept. */
  size(): number;
}

export function createCodeStore(nowSeconds: () => number, randomBytes: RandomBytes): CodeStore {
  const codes = createBoundedMap<{ grant: Grant; expiresAtSeconds: number; isRedeemed: boolean }>(maxKept);
  return {
    add(grant) {
      const code = `1.${createOpaque(randomBytes, 32)}`;
      codes.set(code, { grant, expiresAtSeconds: nowSeconds() + codeSeconds, isRedeemed: false });
      return code;
    },
    find: (code) => codes.get(code)?.grant,
    redeem(code) {
      const found = codes.get(code);
      if (!found) return "expired";
      if (found.isRedeemed) return "redeemed";
      found.isRedeemed = true;
      return nowSeconds() < found.expiresAtSeconds ? undefined : "expired";
    },
    size: codes.size,
  };
}
